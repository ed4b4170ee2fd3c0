Feature: Order API
  The contract that every client of the first hour relies on: the short product form, the smallest order, and what
  is answered when an order cannot stand.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock

  Scenario: Create new order
    Given a valid customer
    When they place an order
    Then the order should be created

  @http
  Scenario: The answer says the id and the first status
    Given a valid customer
    When this is posted to "/orders":
      """
      {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1}]}
      """
    Then the answer is 201
    And the answer has "order_id"
    And the answer has "status" = "created"
    And the answer has "items/0/quantity/ordered" = 1

  @http
  Scenario Outline: What is wrong with the request is 400, and nothing is stored
    When this is posted to "/orders":
      """
      <body>
      """
    Then the answer is 400
    And the answer has "error"
    And there are 0 orders
    And "P1" has 10 on hand, 0 reserved, 10 available

    Examples:
      | body                                                                              |
      | {"customer_id": "C1", "items": [{"product_id": "NOPE", "quantity": 1}]}           |
      | {"customer_id": "C1", "items": []}                                                |
      | {"customer_id": "C1"}                                                             |
      | {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 0}]}             |
      | {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": -1}]}            |
      | {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1.5}]}           |
      | {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": "1"}]}           |
      | {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 99999999999999999999}]} |
      | {"customer_id": "C1", "items": [{"quantity": 1}]}                                 |
      | {"customer_id": "C1", "currency": "XYZ", "items": [{"product_id": "P1", "quantity": 1}]} |
      | {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1, "expected_unit_price": 10.00}]} |
      | {"customer_id": "C:1", "items": [{"product_id": "P1", "quantity": 1}]}            |
      | {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1}], "itmes": 1} |
      | {"customer_id": "C1", "items": [                                                  |
      | []                                                                                |

  @http
  Scenario: A shortage is 409, and nothing is stored
    When this is posted to "/orders":
      """
      {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 11}]}
      """
    Then the answer is 409
    And the answer has "error"
    And the answer has "code" = "out_of_stock"
    And there are 0 orders
    And "P1" has 10 on hand, 0 reserved, 10 available

  @http
  Scenario: A payment that must not fail and is declined is 402
    When this is posted to "/orders":
      """
      {"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1}],
       "payment": {"token": "tok_declined", "on_failure": "cancel"}}
      """
    Then the answer is 402
    And the answer has "error"
    And the answer has "code" = "payment_declined"
    And "P1" has 10 on hand, 0 reserved, 10 available

  @http
  Scenario: The short form of a product sets what is on hand
    When this is put to "/products/P1":
      """
      {"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 4}
      """
    Then the answer is 200
    And "P1" has 4 on hand, 0 reserved, 4 available

  Scenario: A repeated key answers the same order
    When they order 1 "P1", under the key "8f0c2f0e"
    And they order 1 "P1", under the key "8f0c2f0e"
    Then both answers are the same, byte for byte
    And there is 1 order
    And the background work is done
