Feature: Take goods back
  Only what was shipped comes back, and only once. What can be sold again lies on the shelf again.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And a product "TEE" at EUR 25.00 with 5 in stock
    And a paid order of 3 "P1" and 1 "TEE"
    And 3 "P1" and 1 "TEE" of the order have shipped

  Scenario: From the question to the money
    When a return of 2 "P1" of the order is asked for
    Then the return is requested
    And the order is confirmed, paid and shipped
    When the return is approved
    And 2 "P1" of the return come back sellable
    Then the return is received
    And the order is confirmed, paid and partially_returned
    And of "P1" 3 are ordered, 0 canceled, 3 fulfilled, 2 returned and 0 open
    And "P1" has 9 on hand, 0 reserved, 9 available
    And explain says of "returns": "1 came and are not refunded"
    When the return is refunded
    And the background work is done
    Then the gateway took EUR 55.00 and gave back EUR 20.00
    And the order is confirmed, partially_refunded and partially_returned
    When the return is closed
    Then the return is closed

  Scenario: What is damaged does not lie on the shelf again
    Given a return of 2 "P1" of the order is asked for
    And the return is approved
    When 1 "P1" of the return comes back damaged
    And 1 "P1" of the return comes back sellable
    Then "P1" has 8 on hand, 0 reserved, 8 available
    And the background work is done

  Scenario: A restocking fee is kept
    Given a return of 1 "TEE" of the order is asked for
    And the return is approved
    And 1 "TEE" of the return comes back sellable
    When the return is refunded with EUR 20.00
    And the background work is done
    Then the gateway took EUR 55.00 and gave back EUR 20.00
    When the return is refunded
    Then it is refused with "invalid_transition"

  Scenario: Everything comes back
    When every parcel is delivered
    Then the order is completed, paid and delivered
    When a return of all that is with the customer is asked for
    And the return is approved
    And 3 "P1" and 1 "TEE" of the return come back sellable
    And the return is refunded
    And the background work is done
    Then the order is completed, refunded and returned
    And "P1" has 10 on hand, 0 reserved, 10 available
    And "TEE" has 5 on hand, 0 reserved, 5 available

  Scenario: Not more than shipped
    When a return of 4 "P1" of the order is asked for
    Then it is refused with "quantity_exceeds_returnable"
    When a return of 2 "P1" of the order is asked for
    And a return of 2 "P1" of the order is asked for
    Then it is refused with "quantity_exceeds_returnable"

  Scenario: Not more than was asked for
    Given a return of 1 "P1" of the order is asked for
    And the return is approved
    When 2 "P1" of the return come back sellable
    Then it is refused with "quantity_exceeds_returnable"
    And "P1" has 7 on hand, 0 reserved, 7 available

  Scenario: A return that is turned down
    Given a return of 3 "P1" of the order is asked for
    When 3 "P1" of the return come back sellable
    Then it is refused with "invalid_transition"
    When the return is rejected because "worn"
    Then the return is rejected
    And the order is confirmed, paid and shipped
    When a return of 3 "P1" of the order is asked for
    Then the return is requested

  Scenario: What never came may be returned another time
    Given a return of 3 "P1" of the order is asked for
    And the return is approved
    And 1 "P1" of the return comes back sellable
    When the return is closed
    And a return of 2 "P1" of the order is asked for
    Then the return is requested
    And the background work is done
