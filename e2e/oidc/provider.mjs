// A real OpenID Connect provider (the certified `oidc-provider`) for tests: in memory, on this machine, with people who can be
// given groups and a clock that can be set. `node provider.mjs PORT ADDRESS-OF-DRYDOCK`
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [port, drydock] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

/** Login name at the provider → what its tokens say of that person. */
const people = new Map();
let ahead = 0;
const real = Date.now.bind(Date);
Date.now = () => real() + ahead * 1000;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'drydock',
      client_secret: 'a-secret-of-both-sides',
      redirect_uris: [`${drydock}/login/provider/back`],
      post_logout_redirect_uris: [`${drydock}/login`],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      require_auth_time: true,
    },
  ],
  scopes: ['openid', 'profile', 'groups'],
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  // Groups are wanted in the token itself.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: ['only for tests'] },
  ttl: { IdToken: 3600, AccessToken: 600, AuthorizationCode: 60, Session: 86_400, Interaction: 600, Grant: 86_400 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, groups: people.get(id) ?? [] }) }),
  // Nobody is asked whether Drydock may know who they are.
  async loadExistingGrant(context) {
    const { client, session, provider: self } = context.oidc;
    const grant = new self.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid profile groups');
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer((request, response) => {
  if (request.url !== '/control' || request.method !== 'POST') return answer(request, response);
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    const { groups = {}, clock } = JSON.parse(body);
    for (const [name, theirs] of Object.entries(groups)) people.set(name, theirs);
    if (clock !== undefined) ahead = clock;
    response.end('done');
  });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
