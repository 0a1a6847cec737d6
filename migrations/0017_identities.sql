-- Who signs in at a provider (OpenID Connect). The subject is what an issuer never gives to anybody else; names and addresses are
-- not. Whoever is in here has no password, and their roles are what the provider's groups say.
create table identity (
    issuer  text not null,
    subject text not null,
    person  text not null unique references person (id),
    primary key (issuer, subject)
);
