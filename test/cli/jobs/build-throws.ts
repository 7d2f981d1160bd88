/** A job whose build function fails without a parameter. */

import { job } from 'millrace';
import { fromCollection } from 'millrace/connectors';

export default job('build-throws', (env) => {
  const words = env.parameters['words'] as string[];
  env.fromSource(fromCollection(words.map((word) => word.trim()))).print();
});
