#include "cli/alert_testing.h"

namespace pinrelay::cli {
namespace {

TEST_F(AlertCommands, a_failed_job_is_told_once_and_resolves_itself) {
  start_readers();
  put("job_failed", {"--of", "readers"});
  look();
  EXPECT_EQ(told(), "");
  fail_job();
  ASSERT_EQ(show()["state"], "Failed");
  look();
  EXPECT_EQ(told(), "opened");
  look(), look(), look(5 * kHour);
  EXPECT_EQ(told(), "opened") << "once per episode";
  const Json open = json({"alert", "list"})["open"][0];
  EXPECT_EQ(open["object"], "readers");
  EXPECT_NE(open["summary"].get<std::string>().find("has failed"), std::string::npos);
  EXPECT_NE(open["next_step"].get<std::string>().find("pinrelay job resume readers"), std::string::npos);
  heal();
  said({"job", "resume", "readers"});
  look();
  EXPECT_EQ(told(), "opened resolved");
  EXPECT_EQ(open_now(), 0u);
  fail_job();
  look();
  EXPECT_EQ(told(), "opened resolved opened") << "another episode";
  const auto bodies = receiver_.bodies();
  EXPECT_EQ(bodies[0]["episode"], bodies[1]["episode"]);
  EXPECT_NE(bodies[0]["episode"], bodies[2]["episode"]);
  EXPECT_NE(bodies[0]["id"], bodies[1]["id"]);
}

TEST_F(AlertCommands, a_restart_neither_repeats_nor_forgets) {
  start_readers();
  put("job_failed");
  fail_job();
  look();
  restart();
  look(), look();
  EXPECT_EQ(told(), "opened");
  restart();
  heal();
  said({"job", "resume", "readers"});
  look();
  EXPECT_EQ(told(), "opened resolved");
  restart();
  look();
  EXPECT_EQ(told(), "opened resolved");
}

TEST_F(AlertCommands, what_was_written_and_not_sent_goes_after_a_kill_and_what_got_no_answer_goes_again) {
  start_readers();
  put("job_failed");
  fail_job();
  receiver_.silent = true;  // the answer never comes: killed while it waits
  look();
  ASSERT_EQ(receiver_.requests.size(), 1u);
  receiver_.silent = false;
  restart();
  look();
  ASSERT_EQ(receiver_.requests.size(), 2u);
  EXPECT_EQ(receiver_.requests[0].body, receiver_.requests[1].body);
  EXPECT_EQ(receiver_.requests[0].headers[0].value, receiver_.requests[1].headers[0].value) << "the same id";
  look();
  EXPECT_EQ(receiver_.requests.size(), 2u);
}

TEST_F(AlertCommands, a_message_is_tried_again_less_and_less_often_for_a_day_and_then_given_up) {
  start_readers();
  put("job_failed");
  fail_job();
  receiver_.status = 503;
  look();
  EXPECT_EQ(receiver_.requests.size(), 1u);
  look(Millis{2'000});
  EXPECT_EQ(receiver_.requests.size(), 1u) << "not yet";
  look(Millis{4'000});
  EXPECT_EQ(receiver_.requests.size(), 2u);
  Json message = json({"alert", "history"})["messages"][0];
  EXPECT_EQ(message["state"], "waiting");
  EXPECT_EQ(message["error"], "answered with 503");
  hours(27);
  message = json({"alert", "history"})["messages"][0];
  EXPECT_EQ(message["state"], "given up");
  const size_t tried = receiver_.requests.size();
  EXPECT_GE(tried, 25u);
  EXPECT_LE(tried, 35u);
  hours(3);
  EXPECT_EQ(receiver_.requests.size(), tried);
  for (const http::Request& request : receiver_.requests)
    EXPECT_EQ(request.headers[0].value, receiver_.requests[0].headers[0].value);
}

TEST_F(AlertCommands, messages_to_one_receiver_keep_their_order) {
  start_readers();
  put("job_failed");
  fail_job();
  receiver_.status = 500;
  look();
  heal();
  said({"job", "resume", "readers"});
  look(Millis{20'000});
  receiver_.status = 200;
  look(), look(kHour), look(kHour);
  const auto bodies = receiver_.bodies();
  ASSERT_GE(bodies.size(), 2u);
  EXPECT_EQ(bodies.back()["type"], "alert.resolved");
  EXPECT_EQ(bodies[bodies.size() - 2]["type"], "alert.opened");
}

TEST_F(AlertCommands, a_message_is_signed_and_holds_nobody) {
  start_readers();
  put("job_failed");
  fail_job();
  look();
  ASSERT_EQ(receiver_.requests.size(), 1u);
  const http::Request& request = receiver_.requests[0];
  EXPECT_EQ(request.url, "http://127.0.0.1:9/hook");
  EXPECT_FALSE(request.guarded) << "the operator's file names it";
  std::map<std::string, std::string> headers;
  for (const http::Header& header : request.headers) headers[header.name] = header.value;
  EXPECT_EQ(headers["webhook-timestamp"], std::to_string(to_millis(clock_.now()) / 1000));
  const std::string signed_text =
      headers["webhook-id"] + "." + headers["webhook-timestamp"] + "." + request.body;
  EXPECT_EQ(headers["webhook-signature"],
            "v1," + to_base64(hmac_sha256(as_bytes("0123456789abcdef0123456789abcdef"), signed_text)));
  EXPECT_EQ(Json::parse(request.body)["id"], headers["webhook-id"]);
  for (const char* never : {"example.org", "pina_", "whsec_"})
    EXPECT_EQ(request.body.find(never), std::string::npos) << never;
}

TEST_F(AlertCommands, a_mail_has_headers_that_nothing_can_add_to) {
  start_readers();
  rows({{store::ChangeType::kEnter, 0, "a", "Lists\r\nBcc: evil@example.org"}});
  said({"alert", "put", "big", "--kind", "audience_size", "--min", "5", "--to", "oncall@example.com"});
  look();
  ASSERT_GE(receiver_.requests.size(), 1u);
  bool seen = false;
  for (const http::Request& request : receiver_.requests) {
    ASSERT_TRUE(request.mail.has_value());
    EXPECT_EQ(request.mail->to, "oncall@example.com");
    EXPECT_EQ(request.mail->from, "pinrelay@example.com");
    const size_t end = request.body.find("\r\n\r\n");
    const std::string head = request.body.substr(0, end);
    EXPECT_EQ(head.find("Bcc"), std::string::npos);
    EXPECT_NE(head.find("Subject: [Pinrelay] alert: big (audience_size)\r\n"), std::string::npos) << head;
    std::string coded = request.body.substr(end + 4);
    std::erase_if(coded, [](char c) { return c == '\r' || c == '\n'; });
    Bytes text;
    ASSERT_TRUE(parse_base64(coded, text));
    seen |= as_text(text).find("Members of the audience Lists") != std::string_view::npos;
  }
  EXPECT_TRUE(seen);
}

TEST_F(AlertCommands, an_audience_outside_its_size_opens_and_closes) {
  start_readers();
  changes(3);
  put("audience_size", {"--of", "Readers", "--min", "3", "--max", "5"});
  look();
  EXPECT_EQ(told(), "");
  changes(3);
  look();
  EXPECT_EQ(told(), "opened");
  EXPECT_NE(receiver_.bodies()[0]["summary"].get<std::string>().find("6, more than 5"), std::string::npos);
  rows({{store::ChangeType::kExit, 0, "u1", "Readers"}});
  look();
  EXPECT_EQ(told(), "opened resolved");
  for (const char* key : {"u2", "u3", "u4"}) rows({{store::ChangeType::kExit, 0, key, "Readers"}});
  look();
  EXPECT_EQ(told(), "opened resolved opened");
}

TEST_F(AlertCommands, too_many_and_too_few_people_added_are_told) {
  start_readers();
  look();
  put("added", {"--max", "10", "--hours", "2"});
  said({"alert", "put", "few", "--kind", "added", "--min", "1", "--hours", "3", "--to", "ops"});
  changes(11);
  said({"job", "flush", "readers"});
  look();
  EXPECT_EQ(told(), "opened");
  hours(1);
  EXPECT_EQ(told(), "opened") << "too few means nothing before the hours are full";
  hours(3);
  EXPECT_EQ(told(), "opened resolved opened") << "the many are long ago, and nobody came since";
  EXPECT_EQ(receiver_.bodies()[2]["alert"], "few");
}

TEST_F(AlertCommands, an_unhealthy_authorization_is_told) {
  start_readers();
  put("authorization_unhealthy");
  look();
  pinterest_.answer = [](const http::Request&) { return std::pair{401, R"({"code":2,"message":"no"})"}; };
  changes(1);
  pass(10 * kMinute);
  ASSERT_EQ(show()["reason_code"], "auth_error");
  look();
  EXPECT_EQ(told(), "opened");
  EXPECT_EQ(receiver_.bodies()[0]["object"]["name"], "acme");
  restart();
  look();
  EXPECT_EQ(told(), "opened");
  heal();
  write_file(folder_ / "token", "pina_another\n");
  look(10 * kMinute), look(kHour);
  EXPECT_EQ(told(), "opened resolved");
}

TEST_F(AlertCommands, no_success_is_told_when_something_waits_and_not_when_nothing_does) {
  start_readers();
  changes(1);
  put("no_success", {"--hours", "4"});
  hours(30);
  EXPECT_EQ(told(), "") << "it has nothing to send";
  pinterest_.answer = [](const http::Request&) { return std::pair{503, R"({"message":"no"})"}; };
  changes(1);
  hours(3);
  EXPECT_EQ(told(), "");
  restart();
  hours(2);
  EXPECT_EQ(told(), "opened") << "the wait began before the restart";
  heal();
  hours(2);
  EXPECT_EQ(told(), "opened resolved");
}

TEST_F(AlertCommands, a_share_of_refused_conversions_is_told) {
  bool refuses = true;
  pinterest_.answer = [&refuses](const http::Request& request) {
    Json answer = {{"events", Json::array()}};
    const Json sent = Json::parse(request.body).at("data");
    for (size_t i = 0; i < sent.size(); ++i)
      answer["events"].push_back(refuses && i % 2 == 0 ? Json{{"status", "failed"}, {"error_message", "no"}}
                                                       : Json{{"status", "processed"}});
    answer["num_events_received"] = sent.size();
    answer["num_events_processed"] = refuses ? sent.size() / 2 : sent.size();
    return std::pair{200, answer.dump()};
  };
  said({"apply", configuration(R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}]
    event: [{order: event_id}, {at: event_time}]
)"),
        "--start"});
  const auto buy = [&](int count) {
    std::vector<store::TestRow> batch;
    for (int i = 0; i < count; ++i) {
      const std::string key = "b" + std::to_string(++people_);
      const int64_t now = to_millis(clock_.now());
      batch.push_back({store::ChangeType::kProfile,
                       now,
                       key,
                       {},
                       {},
                       {{"email", key + "@example.org"}, {"order", key}, {"at", ""}}});
      batch.push_back({store::ChangeType::kEnter, now, key, "Buyers"});
    }
    store_->inbox().append(store::encode(batch), [](const Result<void>& kept) { EXPECT_TRUE(kept.ok()); });
    work();
  };
  look();
  put("rejected_share", {"--above", "40", "--hours", "3"});
  buy(18);
  look();
  EXPECT_EQ(told(), "") << "too few to say so";
  buy(6);
  look();
  ASSERT_EQ(told(), "opened");
  EXPECT_NE(receiver_.bodies()[0]["summary"].get<std::string>().find("refused by Pinterest"),
            std::string::npos);
  refuses = false;
  buy(60);
  look();
  EXPECT_EQ(told(), "opened resolved");
}

TEST_F(AlertCommands, a_share_of_invalid_people_is_told) {
  start_readers();
  look();
  put("invalid_share", {"--above", "20", "--hours", "5"});
  const auto wrong = [&](int count) {
    for (int i = 0; i < count; ++i) member("w" + std::to_string(++people_), "no address");
    work();
  };
  wrong(5);
  look();
  EXPECT_EQ(told(), "") << "five say nothing about a share";
  changes(15);
  said({"job", "flush", "readers"});
  look();
  EXPECT_EQ(told(), "opened");
  EXPECT_NE(receiver_.bodies()[0]["summary"].get<std::string>().find("25.0 %"), std::string::npos);
  hours(8);
  EXPECT_EQ(told(), "opened resolved");
}

TEST_F(AlertCommands, a_job_that_is_watched_from_a_friday_on_may_have_a_weekend) {
  start_readers();
  put("silence");
  const auto weekdays = [&](int64_t hour) {  // it begins on a Friday at noon
    if ((hour + 12) / 24 % 7 != 1 && (hour + 12) / 24 % 7 != 2 && (hour + 12) % 24 == 9) changes(5);
  };
  hours(15 * 24, weekdays);
  EXPECT_EQ(told(), "");
}

// A change an hour, for days; then none.
TEST_F(AlertCommands, a_steady_job_that_falls_silent_is_told_though_nothing_failed) {
  start_readers();
  put("silence");
  hours(5 * 24, [&](int64_t) { changes(1); });
  hours(12);
  EXPECT_EQ(told(), "") << "not enough is known yet";
  hours(6 * 24, [&](int64_t) { changes(1); });
  EXPECT_EQ(told(), "");
  EXPECT_NE(show()["state"], "Failed");
  hours(17);
  EXPECT_EQ(told(), "") << "it was once quiet for 12 hours";
  restart();
  hours(4);
  EXPECT_EQ(told(), "opened");
  EXPECT_NE(receiver_.bodies()[0]["next_step"].get<std::string>().find("pinrelay import list"),
            std::string::npos);
  hours(20 * 24);
  EXPECT_EQ(told(), "opened") << "what was usual before is not forgotten";
  changes(1);
  look();
  EXPECT_EQ(told(), "opened resolved");
}

TEST_F(AlertCommands, a_nightly_batch_is_no_silence_and_a_night_without_it_is) {
  start_readers();
  put("silence");
  const auto nightly = [&](int64_t hour) {
    if (hour % 24 == 2 + hour / 24 % 2) changes(30);  // at two or at three
  };
  hours(12 * 24, nightly);
  EXPECT_EQ(told(), "");
  hours(12);
  EXPECT_EQ(told(), "") << "the batch is some hours late";
  hours(24);
  EXPECT_EQ(told(), "opened");
}

TEST_F(AlertCommands, working_days_alone_are_a_rhythm_and_a_pause_is_no_silence) {
  start_readers();
  put("silence");
  const auto weekdays = [&](int64_t hour) {
    if (hour / 24 % 7 < 5 && hour % 24 == 9) changes(5);
  };
  hours(21 * 24, weekdays);
  EXPECT_EQ(told(), "");
  hours(24, weekdays);
  said({"job", "pause", "readers"});
  hours(10 * 24);
  said({"job", "resume", "readers"});
  hours(24);
  EXPECT_EQ(told(), "");
}

TEST_F(AlertCommands, everything_that_is_wrong_with_an_alert_is_told_at_once) {
  const auto refused = run({"alert", "put", "Bad Name", "--kind", "added", "--of", "nobody", "--above", "3",
                            "--hours", "x", "--to", "nowhere,a@b@c"});
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->exit_code, 1);
  std::set<std::string> pointers;
  for (const Json& problem : refused->json["problems"])
    pointers.insert(problem["pointer"].get<std::string>());
  EXPECT_EQ(pointers, (std::set<std::string>{"/name", "/above", "/hours", "/min", "/of", "/to"}));
  EXPECT_EQ(json({"alert", "list"})["alerts"].size(), 0u);
  EXPECT_EQ(run({"alert", "put", "x", "--kind", "nonsense", "--to", "ops"})->exit_code, 1);
}

TEST_F(AlertCommands, an_alert_without_receivers_opens_and_closes_and_sends_nothing) {
  start_readers();
  EXPECT_EQ(json({"alert", "put", "quiet", "--kind", "job_failed"})["change"], "created");
  EXPECT_EQ(json({"alert", "list"})["alerts"][0]["to"], Json::array());
  EXPECT_EQ(fails({"alert", "test", "quiet"}), "no_receivers");
  fail_job();
  look();
  EXPECT_EQ(json({"alert", "list"})["open"].size(), 1u);
  heal();
  said({"job", "resume", "readers"});
  look(Millis{20'000});
  look();
  EXPECT_EQ(json({"alert", "list"})["open"].size(), 0u);
  EXPECT_EQ(json({"alert", "history"})["episodes"].size(), 1u);
  EXPECT_EQ(json({"alert", "history"})["messages"], Json::array());
  EXPECT_TRUE(receiver_.requests.empty());
}

TEST_F(AlertCommands, an_alert_is_changed_tested_and_removed) {
  start_readers();
  EXPECT_EQ(json({"alert", "put", "a", "--kind", "job_failed", "--to", "ops"})["change"], "created");
  EXPECT_EQ(json({"alert", "put", "a", "--kind", "job_failed", "--to", "ops"})["change"], "unchanged");
  EXPECT_EQ(json({"alert", "put", "a", "--kind", "job_failed", "--to", "ops,a@example.com"})["change"],
            "changed");
  EXPECT_EQ(fails({"alert", "put", "a", "--kind", "silence", "--to", "ops"}), "other_kind");
  said({"alert", "test", "a"});
  look();
  EXPECT_EQ(receiver_.requests.size(), 2u);
  fail_job();
  look();
  EXPECT_EQ(open_now(), 1u);
  said({"alert", "remove", "a"});
  look();
  EXPECT_EQ(open_now(), 0u);
  EXPECT_EQ(receiver_.requests.size(), 4u) << "two tests, two openings, no resolving";
  EXPECT_EQ(fails({"alert", "remove", "a"}), "no_alert");
  EXPECT_EQ(json({"audit", "list"}).dump().find("a@example.com"), std::string::npos);
}

TEST_F(AlertCommands, a_webhook_shows_its_secret_once_and_keeps_it_sealed_through_a_rotation) {
  const Json made = json({"webhook", "add", "team", "--url", "https://hooks.example.com/x"});
  const auto secret = made["secret"].get<std::string>();
  EXPECT_EQ(secret.find("whsec_"), 0u);
  EXPECT_EQ(said({"webhook", "list"}).json.dump().find(secret), std::string::npos);
  EXPECT_EQ(json({"audit", "list"}).dump().find(secret.substr(6)), std::string::npos);
  EXPECT_EQ(fails({"webhook", "add", "team", "--url", "https://hooks.example.com/x"}), "name_taken");
  EXPECT_EQ(fails({"webhook", "add", "ops", "--url", "https://hooks.example.com/x"}), "name_taken");
  for (const char* url :
       {"https://127.0.0.1/", "http://hooks.example.com/", "https://a@hooks.example.com/", ""})
    EXPECT_EQ(fails({"webhook", "add", "in", "--url", url}), "address_refused") << url;

  start_readers();
  said({"alert", "put", "a", "--kind", "job_failed", "--to", "team"});
  EXPECT_EQ(fails({"webhook", "remove", "team"}), "webhook_used");
  EXPECT_EQ(fails({"webhook", "remove", "ops"}), "managed_by_file");
  EXPECT_EQ(json({"auth", "rotate-key"})["secrets"], 1);
  restart();
  said({"alert", "test", "a"});
  look();
  ASSERT_EQ(receiver_.requests.size(), 1u);
  const http::Request& request = receiver_.requests[0];
  EXPECT_TRUE(request.guarded) << "its address came from outside";
  Bytes key;
  ASSERT_TRUE(parse_base64(secret.substr(6), key));
  const std::string text = request.headers[0].value + "." + request.headers[1].value + "." + request.body;
  EXPECT_EQ(request.headers[2].value, "v1," + to_base64(hmac_sha256(key, text)));
  said({"alert", "remove", "a"});
  said({"webhook", "remove", "team"});
  EXPECT_EQ(fails({"webhook", "test", "team"}), "no_webhook");
}

TEST_F(AlertCommands, a_webhook_is_tested_at_once) {
  EXPECT_EQ(json({"webhook", "test", "ops"})["result"], "delivered");
  pinterest_.answer = [](const http::Request&) { return std::pair{302, std::string()}; };
  const auto refused = run({"webhook", "test", "ops"});
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->exit_code, 1);
  EXPECT_EQ(refused->json["message"], "answered with 302, a redirect: not followed");
}

TEST_F(AlertCommands, a_mail_address_is_one_plain_address) {
  for (const char* good : {"a@example.com", "first.last+tag@mail.example.com", "o'neil@example.org"})
    EXPECT_TRUE(config::is_mail_address(good)) << good;
  for (const char* bad : {"", "a", "@example.com", "a@", "a@b@c", "a b@example.com", "a@exa mple.com",
                          "a\r\nBcc: b@example.com", "a@example.com\n", "<a@example.com>",
                          "a@example.com,b@c.de", "\"a\"@example.com", "a@.example.com", "ä@example.com"})
    EXPECT_FALSE(config::is_mail_address(bad)) << bad;
}

}  // namespace
}  // namespace pinrelay::cli
