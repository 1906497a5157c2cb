"""What shops tell: orders, returns, products, by file and by API. Start in ``test_orders.py``."""
