DROP TABLE express_attempts;
DROP TABLE express_orders;
