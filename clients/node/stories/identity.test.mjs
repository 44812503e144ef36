// @azure/identity: who we are, and what is said to those who are not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DefaultAzureCredential, EnvironmentCredential } from "@azure/identity";
import { credential, url } from "../cupola.mjs";

function claims(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
}

test("a secret", async () => {
  const { token, expiresOnTimestamp } = await credential().getToken(`${url}/.default`);
  const seen = claims(token);
  assert.deepEqual([seen.aud, seen.appid, seen.idtyp], [url, process.env.AZURE_CLIENT_ID, "app"]);
  assert.ok(expiresOnTimestamp > Date.now());
});

test("the variables of `cupola env` alone", async () => {
  for (const one of [new EnvironmentCredential(), new DefaultAzureCredential()]) {
    assert.equal(claims((await one.getToken(`${url}/.default`)).token).appid, process.env.AZURE_CLIENT_ID);
  }
});

test("a wrong secret", async () => {
  await assert.rejects(credential("wrong").getToken(`${url}/.default`), /AADSTS7000215/);
});
