// The configuration file.
#include "base/result.h"
#include "config/config.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

void run_config(std::string_view input) {
  const config::Loaded loaded = config::load_config(std::string(input), "/nowhere");
  for (const config::Problem& problem : loaded.problems)
    CHECK(!problem.code.empty() && !problem.message.empty() && problem.line >= 0 && problem.column >= 0);
  CHECK(loaded.problems.empty() == config::describe("f", loaded.problems).empty());
}

}  // namespace

Target config_target() {
  return {
      .name = "config",
      .share = 20,
      .seeds =
          {"store: ./data\nlisten: 0.0.0.0:7701\ntls: {certificate_file: a.pem, private_key_file: a.key}\n"
           "trusted_proxies: [10.0.0.5, \"2001:db8::/32\"]\nplain_http: true\n"
           "write_keys: [{name: site, key: {file: site.key}}]\nretention: 20d\n"
           "pinterest: {base_url: \"http://127.0.0.1:9000/v5/\", ca_file: ca.pem}\n"
           "authorizations: [{name: acme, token: {file: token}, tier: trial}]\n"
           "fields: [{name: zip, type: string}]\n",
           "authorizations:\n  - name: acme\n    token: {file: token}\njobs:\n  - name: readers\n"
           "    type: audience_export\n    authorization: acme\n    audience: Readers\n    ad_account: "
           "\"1\"\n"
           "    identifiers: [{email: email}, {hash: sha256_email}]\n    flush: {after: 250ms, users: 77}\n"
           "    list: {id: \"643\", type: EMAIL, shared: true}\n    brake: {enabled: false, percent: 30}\n"
           "    settle_after_unknown: 90s\n",
           "jobs:\n  - {name: old, type: audience_export, identifiers: {email: e, mobile_id: m}}\n",
           "jobs: &a\n  - &b {name: x, type: audience_export}\n  - *b\n", "{}\n", "store: |\n  a\n  b\n",
           "# comment\n---\nstore: 'x'\n...\n"},
      .words = {"store", ":",    " ",     "\n",   "  ",  "- ",   "{",     "}",         "[",  "]",
                ",",     "jobs", "name",  "type", "&a",  "*a",   "!!str", "!!binary",  "|",  ">",
                "'",     "\"",   "#",     "---",  "...", "? ",   "<<",    "%YAML 1.2", "\t", "identifiers",
                "flush", "20d",  "250ms", "true", "~",   "0x1f", ".inf",  "ad_account"},
      .start = [] { return run_config; }};
}

}  // namespace pinrelay::fuzz
