// The page of whoever holds a voucher: js/voucher.js.
import { bindVoucher } from './voucher/page.js';

bindVoucher();
