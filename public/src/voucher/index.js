// What a voucher's keys do, as pages load it: only where keys are used.
export { codeOf, fresh, keysOf, linkOf, nameOf, read } from './bearer.js';
export { collected } from './collect.js';
export { pays, readPlan, signedBack, signedBy } from './transaction.js';
