// The script of the home page.
import { bindStamp } from './stamp.js';

bindStamp();
