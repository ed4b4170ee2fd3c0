from locust import HttpUser, task, between

class OrderAPIUser(HttpUser):
    wait_time = between(1, 2)
    
    @task
    def create_order(self):
        self.client.post("/orders", json={
            "customer_id": "C1",
            "items": [{"product_id": "P1", "quantity": 1}]
        })
