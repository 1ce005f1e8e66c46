// A shop's desk and the form of its vouchers: js/shop.js.
import { bindIssue } from './shop/issue.js';
import { bindKept } from './shop/kept.js';
import { bindReclaim } from './shop/reclaim.js';
import { bindShops, keepShop } from './shop/shops.js';

keepShop();
bindShops();
bindKept();
bindReclaim();
bindIssue();
