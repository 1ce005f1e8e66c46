// The script of the page of remembered proofs.
import { bindList } from './proofs.js';

bindList();
