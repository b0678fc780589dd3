// What the tests of commands share: a store of its own, the engine over a Pinterest that answers at once, and
// commands run as they would be typed. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "cli/execute.h"
#include "store/store_testing.h"

namespace pinrelay::cli {

inline std::string ok_answer(const http::Request& request) {
  if (request.url.ends_with("/ad_accounts/1")) return R"({"id":"1","permissions":["OWNER"]})";
  if (request.url.find("/audiences") != std::string::npos) return R"({"id":"888"})";
  return R"({"id":"777","name":"a list","status":"PROCESSING"})";
}

// Says yes to everything, until a test decides otherwise.
class FakePinterest final : public http::Transport {
 public:
  std::function<std::pair<int, std::string>(const http::Request&)> answer = [](const http::Request& request) {
    return std::pair{200, ok_answer(request)};
  };
  std::vector<http::Header> headers = {{"x-pinterest-rid", "rid-1"}};
  bool silent = false;  // requests stay open
  std::vector<http::Request> requests;

  void submit(uint64_t ticket, http::Request request) override {
    if (!silent) {
      const auto [status, body] = answer(request);
      finished_.push_back({ticket, {http::Ending::kAnswered, status, headers, body, "", Millis{7}}});
    }
    requests.push_back(std::move(request));
  }
  std::vector<http::Finished> take_finished() override { return std::exchange(finished_, {}); }

  // Identifiers sent so far with this operation ("ADD", "REMOVE"; the creation of a list adds).
  int64_t sent(std::string_view operation) const {
    int64_t count = 0;
    for (const http::Request& request : requests) {
      const bool adds = request.body.find(R"("REMOVE")") == std::string::npos;
      if (request.body.find(R"("records":)") == std::string::npos || adds != (operation == "ADD")) continue;
      count +=
          std::count(request.body.begin() + static_cast<ptrdiff_t>(request.body.find(R"("records":)") + 11),
                     request.body.end(), ',') +
          1;
    }
    return count;
  }

 private:
  std::vector<http::Finished> finished_;
};

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr const char* kReaders = R"(
  - name: readers
    type: audience_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    create_audience: false
    identifiers: [{email: email}]
)";

class CommandTest : public testing::Test {
 public:
  CommandTest() {
    write_file(folder_ / "token", "pina_test\n");
    ::chmod((folder_ / "token").c_str(), 0600);
    open();
  }

  // A configuration file with these jobs (YAML list items); returns its path.
  std::string configuration(const std::string& jobs, const std::string& more = "") {
    const std::string path = folder_ / "pinrelay.yaml";
    write_file(path, "store: ./store\n" + more +
                         "authorizations:\n  - name: acme\n    token: {file: token}\n" +
                         (jobs.empty() ? "" : "jobs:" + jobs));
    return path;
  }
  void open(size_t sort_memory = 1024 * 1024) {
    config_ = config::load_config_file(configuration("")).value().config;
    store_ = store::open_store(config_.store);
    exports::EngineOptions options;
    options.pinterest_base_url = config_.pinterest_base_url;
    options.sort_memory = sort_memory;
    credentials_ = std::make_unique<credentials::Credentials>(config_, clock_);
    sign_ins_ = std::make_unique<credentials::SignIns>(config_, *credentials_, clock_);
    engine_ = std::make_unique<exports::Engine>(
        exports::EngineParts{*store_, clock_, random_, pinterest_, *credentials_}, options,
        config_.authorizations);
    importer_ = std::make_unique<sources::Importer>(*store_, *engine_, clock_);
    ASSERT_TRUE(credentials_->load(*engine_).ok());
    ASSERT_TRUE(engine_->load().ok());
    context_.reset(new Context{config_, *engine_, *importer_, clock_, *credentials_, *sign_ins_, 7700});
  }

  // A command as typed, without "pinrelay".
  Result<Output> run(const std::vector<std::string>& argv, std::string_view secret = {}) {
    return finish(begin(argv, secret));
  }
  // The same in two parts: `finish` does what it still waits for.
  Result<Output> begin(const std::vector<std::string>& argv, std::string_view secret = {}) {
    Parsed parsed = parse(argv);
    parsed.arguments.secret = Secret(secret);
    if (parsed.instead) return *parsed.instead;
    parsed.arguments.directory = folder_.path();
    parsed.arguments.values["config"] = parsed.config_path;
    if (parsed.command->needs != Needs::kStore) return parsed.command->run_here(parsed.arguments);
    return execute(*context_, *parsed.command, parsed.arguments, {});
  }
  Result<Output> finish(Result<Output> begun) {
    Output output = TRY(std::move(begun));
    while (output.call || output.look) {
      if (const auto look = output.look) {
        look->work({});
        output = TRY(look->finish());
        continue;
      }
      const auto call = output.call;
      const auto [status, body] = pinterest_.answer(call->request);
      pinterest_.requests.push_back(call->request);
      output = call->finish({http::Ending::kAnswered, status, {}, body, "", Millis{7}});
    }
    return output;
  }
  // The output of a command that has to work.
  Output said(const std::vector<std::string>& argv) {
    auto output = run(argv);
    EXPECT_TRUE(output.ok()) << (output.ok() ? "" : output.error().text());
    return output.ok() ? std::move(output).value() : Output{};
  }
  Json json(const std::vector<std::string>& argv) { return said(argv).json; }
  // The code of the error that a command has to end with.
  std::string fails(const std::vector<std::string>& argv) {
    const auto output = run(argv);
    EXPECT_FALSE(output.ok());
    return output.ok() ? "" : output.error().code;
  }

  void rows(std::vector<store::TestRow> rows) {
    for (store::TestRow& row : rows)
      if (row.at == 0) row.at = to_millis(clock_.now());
    const Bytes changes = store::encode(rows);
    EXPECT_TRUE(engine_
                    ->transact([&]() -> Result<void> {
                      engine_->apply(changes, 0);
                      return {};
                    })
                    .ok());
  }
  void member(const std::string& key, const std::string& email) {
    rows({{store::ChangeType::kProfile, 0, key, {}, {}, {{"email", email}}},
          {store::ChangeType::kEnter, 0, key, "Readers"}});
  }
  // Until nothing more happens by itself.
  void work() {
    bool worked = true;
    for (int i = 0; worked && i < 500; ++i) {
      const auto result = engine_->run_once();
      ASSERT_TRUE(result.ok()) << result.error().text();
      worked = *result;
    }
    EXPECT_FALSE(worked) << "it never comes to rest";
  }
  void pass(Millis time) {
    clock_.advance(time);
    work();
  }
  // The job "readers", applied, started and at rest.
  void start_readers(const std::string& more = "") {
    said({"apply", configuration(kReaders + more), "--start"});
    work();
  }
  Json show() { return json({"job", "show", "readers"}); }

 protected:
  store::TempDirectory folder_;
  FakeClock clock_{store::kNoon + std::chrono::hours(24 * 900)};
  SeededRandom random_{7};
  FakePinterest pinterest_;
  config::Config config_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<credentials::Credentials> credentials_;
  std::unique_ptr<credentials::SignIns> sign_ins_;
  std::unique_ptr<exports::Engine> engine_;
  std::unique_ptr<sources::Importer> importer_;
  std::unique_ptr<Context> context_;
};

}  // namespace pinrelay::cli
