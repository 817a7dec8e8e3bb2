-- signing in; those who order often sign in often
\set customer random_exponential(1, int(60000 * :scale), 3.0)
SELECT "user".id AS user_id, "user".email AS user_email, "user".password AS user_password, "user".role AS user_role FROM users "user" WHERE "user".email = 'customer' || :customer || '@shop.example' LIMIT 1;
