/** The same job under a name for which the configuration forbids chaining. */

import { job } from 'millrace';
import { everything } from './everything.ts';

export default job('unchained', everything);
