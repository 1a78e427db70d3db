-- work.sql - fixed work for SQLite: inserts, an index, joins and sums.
CREATE TABLE a (id INTEGER PRIMARY KEY, k INTEGER, name TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO a SELECT i, (i * 7919) % 4001, 'name' || (i * 31 % 997) FROM n;
CREATE INDEX by_k ON a (k);
SELECT count(*), sum(x.k * y.id) FROM a x JOIN a y ON x.k = y.k;
SELECT name, count(*), max(k) FROM a GROUP BY name ORDER BY 2 DESC, 1 LIMIT 5;
UPDATE a SET k = k + 1 WHERE id % 3 = 0;
SELECT sum(k), sum(length(name)) FROM a WHERE name LIKE '%9%';
