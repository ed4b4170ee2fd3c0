Feature: Products
  The caller names them; a replacement keeps what orders and stock hang on.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock

  Scenario: A replacement with stock is a count
    Given an order of 2 "P1"
    When "P1" is put at EUR 12.00 with 7 in stock
    Then "P1" costs EUR 12.00
    And "P1" has 7 on hand, 2 reserved, 5 available
    And "P1" has the same variant as before

  Scenario: A replacement without stock leaves it alone
    When "P1" is put at EUR 12.00
    Then "P1" costs EUR 12.00
    And "P1" has 10 on hand, 0 reserved, 10 available
    And "P1" has the same variant as before

  Scenario: An order keeps the price it was placed at
    Given an order of 2 "P1"
    When "P1" is put at EUR 12.00
    Then EUR 0.00 is paid, EUR 0.00 refunded and EUR 20.00 due

  Scenario: Several at once, in the order asked
    Given a product "TEE" at EUR 25.00 with 5 in stock
    When the products "TEE, NOPE, P1" are read
    Then these are shown: "TEE, P1"
    And these are missing: "NOPE"

  Scenario: By SKU and by handle
    Given a product "MUG" at EUR 14.90 with 3 in stock and the SKU "MUG-BLUE"
    Then "sku:MUG-BLUE" is the product "MUG"
    And "handle:mug" is the product "MUG"

  Scenario: One SKU belongs to one variant
    Given a product "MUG" at EUR 14.90 with 3 in stock and the SKU "MUG-BLUE"
    When a product "CUP" is put at EUR 9.00 with the SKU "MUG-BLUE"
    Then it is refused with "sku_exists"
    And there is no product "CUP"

  Scenario: One handle belongs to one product
    When a product "CUP" is put at EUR 9.00 with the handle "p1"
    Then it is refused with "handle_exists"
    And there is no product "CUP"

  Scenario Outline: What is wrong is refused and changes nothing
    When a product "<id>" is put at <price>
    Then it is refused with "<code>"
    And "P1" costs EUR 10.00

    Examples:
      | id | price     | code              |
      | P1 | EUR -1.00 | validation_failed |

  Scenario: Archived and brought back
    When "P1" is archived
    Then "P1" is not for sale
    When "P1" is published
    And they order 1 "P1"
    And the background work is done
    Then the order is created, unpaid and unfulfilled
