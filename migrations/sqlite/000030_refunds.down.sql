DROP TABLE refund_wishes;
DROP TABLE refunds_sent;
