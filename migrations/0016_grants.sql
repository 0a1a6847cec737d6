-- A role is granted for everywhere (`operator`) or for a label (`operator@berlin`), and who has none sees nothing. Whoever
-- could log in saw everything until now, and so did tokens that only look: they keep that.
update person set roles = 'viewer' where roles = '';
update token set roles = 'viewer' where roles = '';
