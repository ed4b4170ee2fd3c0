-- The New-Order transaction of TPC-C (standard specification, revision 5.11), as one stored procedure. Numbers in
-- parentheses are clauses of the specification. Of its nine tables these are the eight that New-Order touches (1.3.1);
-- HISTORY belongs to Payment. Orders of before the run (4.3.3.1) are left out: New-Order reads none.

CREATE TABLE warehouse (
    w_id integer PRIMARY KEY, w_name varchar(10) NOT NULL, w_street_1 varchar(20) NOT NULL,
    w_street_2 varchar(20) NOT NULL, w_city varchar(20) NOT NULL, w_state char(2) NOT NULL, w_zip char(9) NOT NULL,
    w_tax numeric(4, 4) NOT NULL, w_ytd numeric(12, 2) NOT NULL
);
-- A counter that every order of a district moves: room for its versions.
CREATE TABLE district (
    d_w_id integer, d_id integer, d_name varchar(10) NOT NULL, d_street_1 varchar(20) NOT NULL,
    d_street_2 varchar(20) NOT NULL, d_city varchar(20) NOT NULL, d_state char(2) NOT NULL, d_zip char(9) NOT NULL,
    d_tax numeric(4, 4) NOT NULL, d_ytd numeric(12, 2) NOT NULL, d_next_o_id integer NOT NULL,
    PRIMARY KEY (d_w_id, d_id)
) WITH (fillfactor = 10);
CREATE TABLE customer (
    c_w_id integer, c_d_id integer, c_id integer, c_first varchar(16) NOT NULL, c_middle char(2) NOT NULL,
    c_last varchar(16) NOT NULL, c_street_1 varchar(20) NOT NULL, c_street_2 varchar(20) NOT NULL,
    c_city varchar(20) NOT NULL, c_state char(2) NOT NULL, c_zip char(9) NOT NULL, c_phone char(16) NOT NULL,
    c_since timestamp NOT NULL, c_credit char(2) NOT NULL, c_credit_lim numeric(12, 2) NOT NULL,
    c_discount numeric(4, 4) NOT NULL, c_balance numeric(12, 2) NOT NULL, c_ytd_payment numeric(12, 2) NOT NULL,
    c_payment_cnt integer NOT NULL, c_delivery_cnt integer NOT NULL, c_data varchar(500) NOT NULL,
    PRIMARY KEY (c_w_id, c_d_id, c_id)
);
CREATE TABLE new_order (no_w_id integer, no_d_id integer, no_o_id integer, PRIMARY KEY (no_w_id, no_d_id, no_o_id));
CREATE TABLE orders (
    o_w_id integer, o_d_id integer, o_id integer, o_c_id integer NOT NULL, o_entry_d timestamp NOT NULL,
    o_carrier_id integer, o_ol_cnt integer NOT NULL, o_all_local integer NOT NULL,
    PRIMARY KEY (o_w_id, o_d_id, o_id)
);
CREATE TABLE order_line (
    ol_w_id integer, ol_d_id integer, ol_o_id integer, ol_number integer, ol_i_id integer NOT NULL,
    ol_supply_w_id integer NOT NULL, ol_delivery_d timestamp, ol_quantity integer NOT NULL,
    ol_amount numeric(6, 2) NOT NULL, ol_dist_info char(24) NOT NULL,
    PRIMARY KEY (ol_w_id, ol_d_id, ol_o_id, ol_number)
);
CREATE TABLE item (
    i_id integer PRIMARY KEY, i_im_id integer NOT NULL, i_name varchar(24) NOT NULL, i_price numeric(5, 2) NOT NULL,
    i_data varchar(50) NOT NULL
);
CREATE TABLE stock (
    s_w_id integer, s_i_id integer, s_quantity integer NOT NULL,
    s_dist_01 char(24) NOT NULL, s_dist_02 char(24) NOT NULL, s_dist_03 char(24) NOT NULL, s_dist_04 char(24) NOT NULL, s_dist_05 char(24) NOT NULL,
    s_dist_06 char(24) NOT NULL, s_dist_07 char(24) NOT NULL, s_dist_08 char(24) NOT NULL, s_dist_09 char(24) NOT NULL, s_dist_10 char(24) NOT NULL,
    s_ytd integer NOT NULL, s_order_cnt integer NOT NULL, s_remote_cnt integer NOT NULL, s_data varchar(50) NOT NULL,
    PRIMARY KEY (s_w_id, s_i_id)
) WITH (fillfactor = 90);

-- (2.1.6) Non-uniform random numbers. Their constant is any number that stays the same during a run.
CREATE FUNCTION nurand(a integer, x integer, y integer) RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT ((floor(random() * (a + 1))::integer | (x + floor(random() * (y - x + 1))::integer)) + 123) % (y - x + 1) + x
$$;

-- (4.3.3.1) The initial database. Text is filled up to its mean length; every tenth I_DATA and S_DATA says ORIGINAL.
CREATE PROCEDURE populate(warehouses integer, items integer, customers integer) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO item SELECT i, 1 + i % 10000, 'item ' || left(md5(i::text), 14), 1 + (i * 37 % 9900) / 100.0,
            CASE WHEN i % 10 = 0 THEN 'ORIGINAL' ELSE '' END || left(repeat(md5(i::text), 2), 30)
        FROM generate_series(1, items) AS i;
    INSERT INTO warehouse SELECT w, 'w' || w, 'a street', 'a corner', 'a city', 'ST', '123411111', 0.1, 300000
        FROM generate_series(1, warehouses) AS w;
    INSERT INTO district SELECT w, d, 'd' || d, 'a street', 'a corner', 'a city', 'ST', '123411111', 0.05, 30000, 3001
        FROM generate_series(1, warehouses) AS w, generate_series(1, 10) AS d;
    INSERT INTO customer SELECT w, d, c, 'first ' || c, 'OE', 'BARBARBAR', 'a street', 'a corner', 'a city', 'ST',
            '123411111', '0123456789012345', now(), CASE WHEN c % 10 = 0 THEN 'BC' ELSE 'GC' END, 50000,
            (c % 51) / 100.0, -10, 10, 1, 0, left(repeat(md5(c::text), 13), 400)
        FROM generate_series(1, warehouses) AS w, generate_series(1, 10) AS d, generate_series(1, customers) AS c;
    INSERT INTO stock SELECT w, i, 10 + (i * 7 + w) % 91, d, d, d, d, d, d, d, d, d, d, 0, 0, 0,
            CASE WHEN (i + w) % 10 = 0 THEN 'ORIGINAL' ELSE '' END || left(repeat(md5(i::text), 2), 30)
        FROM generate_series(1, warehouses) AS w, generate_series(1, items) AS i, left(md5(i::text), 24) AS d;
END $$;

-- (2.4.2.2) The transaction. Lines come sorted by warehouse and item, so that two never wait for each other in a circle.
CREATE PROCEDURE place(
    home integer, district_id integer, customer_id integer, item_ids integer[], supply_ids integer[], quantities integer[],
    INOUT order_id integer, INOUT total numeric, INOUT brands text
) LANGUAGE plpgsql AS $$
DECLARE
    tax_w numeric; tax_d numeric; discount numeric; last_name text; credit text;
    price numeric; name text; data text; stock_data text; info char(24);
    all_local integer := (home = ALL (supply_ids))::integer;
BEGIN
    SELECT w_tax INTO tax_w FROM warehouse WHERE w_id = home;
    UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = home AND d_id = district_id
        RETURNING d_tax, d_next_o_id - 1 INTO tax_d, order_id;
    SELECT c_discount, c_last, c_credit INTO discount, last_name, credit
        FROM customer WHERE c_w_id = home AND c_d_id = district_id AND c_id = customer_id;
    INSERT INTO orders VALUES
        (home, district_id, order_id, customer_id, now(), NULL, cardinality(item_ids), all_local);
    INSERT INTO new_order VALUES (home, district_id, order_id);
    total := 0;
    brands := '';
    FOR line IN 1 .. cardinality(item_ids) LOOP
        SELECT i_price, i_name, i_data INTO price, name, data FROM item WHERE i_id = item_ids[line];
        IF NOT FOUND THEN
            -- (2.4.2.3) "Item number is not valid": nothing of it stays.
            ROLLBACK;
            order_id := NULL; total := NULL; brands := NULL;
            RETURN;
        END IF;
        UPDATE stock SET
            s_quantity = s_quantity - quantities[line] + CASE WHEN s_quantity >= quantities[line] + 10 THEN 0 ELSE 91 END,
            s_ytd = s_ytd + quantities[line], s_order_cnt = s_order_cnt + 1,
            s_remote_cnt = s_remote_cnt + (supply_ids[line] <> home)::integer
            WHERE s_w_id = supply_ids[line] AND s_i_id = item_ids[line]
            RETURNING s_data, CASE district_id
                WHEN 1 THEN s_dist_01 WHEN 2 THEN s_dist_02 WHEN 3 THEN s_dist_03 WHEN 4 THEN s_dist_04
                WHEN 5 THEN s_dist_05 WHEN 6 THEN s_dist_06 WHEN 7 THEN s_dist_07 WHEN 8 THEN s_dist_08
                WHEN 9 THEN s_dist_09 ELSE s_dist_10 END
            INTO stock_data, info;
        brands := brands || CASE WHEN data LIKE '%ORIGINAL%' AND stock_data LIKE '%ORIGINAL%' THEN 'B' ELSE 'G' END;
        total := total + quantities[line] * price;
        INSERT INTO order_line VALUES (home, district_id, order_id, line, item_ids[line], supply_ids[line], NULL,
            quantities[line], quantities[line] * price, info);
    END LOOP;
    total := total * (1 - discount) * (1 + tax_w + tax_d);
END $$;

-- (2.4.1) What a terminal asks for: a district, a customer, 5 to 15 items of which each comes from another warehouse once
-- in a hundred times, and once in a hundred times a last item that there is not.
CREATE PROCEDURE place_any(home integer, warehouses integer) LANGUAGE plpgsql AS $$
DECLARE
    item_ids integer[]; supply_ids integer[]; quantities integer[];
    fails boolean := random() < 0.01;
    lines integer := 5 + floor(random() * 11);
    order_id integer; total numeric; brands text;
BEGIN
    SELECT array_agg(i ORDER BY w, i), array_agg(w ORDER BY w, i), array_agg(q ORDER BY w, i)
        INTO item_ids, supply_ids, quantities
        FROM (SELECT
                CASE WHEN fails AND line = lines THEN 1000000 ELSE nurand(8191, 1, 100000) END AS i,
                CASE WHEN random() < 0.01 THEN 1 + (home + floor(random() * (warehouses - 1))::integer) % warehouses
                    ELSE home END AS w,
                1 + floor(random() * 10)::integer AS q
            FROM generate_series(1, lines) AS line) AS asked;
    CALL place(home, 1 + floor(random() * 10)::integer, nurand(1023, 1, 3000), item_ids, supply_ids, quantities,
        order_id, total, brands);
END $$;
