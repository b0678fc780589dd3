// Scenarios with files of people, and with rows as HTTP takes them.
#pragma once

#include <fmt/format.h>

#include <fstream>

#include "scenario.h"
#include "sources/importer.h"
#include "sources/ingest.h"

namespace pinrelay::scenarios {

class ImportScenario : public Scenario, sources::InboxPort {
 protected:
  void write(const std::string& text) { std::ofstream(path()) << text; }
  std::string path() const { return store_->directory() + "/people.ndjson"; }
  static std::string profile(const std::string& key, const std::string& more = "") {
    return fmt::format("{{\"type\":\"profile\",\"key\":\"{}\",\"fields\":{{}}{}}}\n", key, more);
  }
  // Somebody with an address and an order.
  static std::string buyer(int number, const std::string& order, const std::string& more = "") {
    return fmt::format(R"({{"type":"profile","key":"u{}","fields":{{"email":"{}","order":"{}"}}{}}})"
                       "\n",
                       number, address(number), order, more);
  }
  static std::string enters(int number, const std::string& more = "") {
    return fmt::format(R"({{"type":"enter","key":"u{}","audience":"Buyers"{}}})"
                       "\n",
                       number, more);
  }
  static std::string deletes(int number, const std::string& more = "") {
    return fmt::format(R"({{"type":"delete","key":"u{}"{}}})"
                       "\n",
                       number, more);
  }
  static std::string at(Time time) { return fmt::format(R"(,"at":"{}")", format_rfc3339(time)); }

  // Sends the rows as one request; they are accepted.
  void send(const std::string& rows) {
    if (!engine_) settle();
    sources::InputLimits limits({.fields = 100'000, .names_a_day = 100'000}, *arrivals_);
    const sources::Ingest ingest({{"test", "secret"}}, {*arrivals_, *this, limits, 1'000'000'000, 1LL << 40});
    http::ServerRequest request;
    request.method = "POST";
    request.path = "/v1/changes";
    request.headers = {{"Authorization", "Bearer secret"}};
    request.body = rows;
    ingest.handle(request, [](const http::ServerResponse& response) { EXPECT_EQ(response.status, 202); });
  }

  Result<int64_t> try_begin(sources::ImportOptions options) {
    if (!importer_)
      importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_, page_bytes_);
    if (options.path.empty()) options.path = path();
    int64_t number = 0;
    const auto print = sources::fingerprint(options.path);
    TRY(engine_->transact([&]() -> Result<void> {
      number = TRY(importer_->begin(options, *print));
      return {};
    }));
    return number;
  }
  int64_t begin(const sources::ImportOptions& options) {
    const auto begun = try_begin(options);
    EXPECT_TRUE(begun.ok()) << begun.error().text();
    return begun.ok() ? *begun : 0;
  }
  int64_t begin(bool snapshot, const std::string& audience = "Readers") {
    importer_.reset();
    return begin({.path = "", .audience = audience, .snapshot = snapshot, .as_of = {}});
  }
  void release(int64_t number) {
    ASSERT_TRUE(engine_->transact([&] { return importer_->release(number); }).ok());
  }
  bool step() {
    bool worked = false;
    EXPECT_TRUE(engine_
                    ->transact([&]() -> Result<void> {
                      worked = TRY(importer_->step());
                      return {};
                    })
                    .ok());
    return worked;
  }
  // Until nothing is left to do.
  store::ImportRow work(int64_t number) {
    while (step()) continue;
    return *store_->imports.get(number);
  }
  // A whole import of what is in the file.
  store::ImportRow import(bool snapshot, const std::string& audience) {
    const store::ImportRow row = work(begin(snapshot, audience));
    EXPECT_EQ(row.state, store::ImportState::kDone) << row.error;
    return row;
  }
  int64_t audience_size(const std::string& name = "Readers") {
    store::AudienceNumber audience;
    return store_->catalog.find_audience(name, audience) ? store_->catalog.audiences()[audience].size : 0;
  }

  std::unique_ptr<sources::Importer> importer_;
  size_t page_bytes_ = 32 * 1024 * 1024;

 private:
  void append(Bytes changes, uint64_t, std::function<void(Result<void>)> done) override {
    store_->inbox().append(std::move(changes), std::move(done));
  }
};

}  // namespace pinrelay::scenarios
