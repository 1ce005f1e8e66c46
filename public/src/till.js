// The counter: js/till.js.
import { bindTill } from './till/desk.js';

bindTill();
