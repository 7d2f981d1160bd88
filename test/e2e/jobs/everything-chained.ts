/** Every kind of operator, chained where it can be. */

import { job } from 'millrace';
import { everything } from './everything.ts';

export default job('chained', everything);
