// An OpenID provider to trust: the certified one from npm, with its own pages. Prints its issuer when it is ready.
// Usage: node oidc_provider.mjs REDIRECT_URI

import { createServer } from "node:http";
import Provider from "oidc-provider";

const [redirect] = process.argv.slice(2);
const exchange = "api://AzureADTokenExchange";

// Programs that get tokens of their own; the id is the subject.
const workload = (id) => ({
  client_id: id,
  client_secret: "workload-secret",
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: "client_secret_post",
});

const configuration = {
  clients: [
    { client_id: "cupola", client_secret: "cupola-secret", redirect_uris: [redirect] },
    workload("system:serviceaccount:default:story"),
    workload("system:serviceaccount:default:other"),
  ],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
  // In the id token itself, as other providers do it.
  conformIdTokenClaims: false,
  // Whoever signs in is who they say; the part before @ is their name.
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id.split("@")[0], preferred_username: id, email: id, email_verified: true }),
  }),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: "", audience: exchange, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
    },
  },
  cookies: { keys: ["of this test alone"] },
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  server.on("request", new Provider(issuer, configuration).callback());
  console.log(issuer);
});
