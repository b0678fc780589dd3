// What was erased and revoked after a backup stays so when the backup is restored.
#include <signal.h>
#include <sys/resource.h>

#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

class ReplayTest : public StoreTest {
 protected:
  ReplayTest() { open(); }
  void back_up() {
    const Result<void> made = store_->backup(backup_, kNoon);
    ASSERT_TRUE(made.ok()) << made.error().text();
  }
  // The code of the error, or "".
  std::string restore(bool without = false, Time now = kNoon) {
    store_ = nullptr;
    std::filesystem::remove_all(path_);
    const auto done = Store::restore(backup_, path_, {.without_afterwards = without, .now = now});
    if (!done) return done.error().code;
    restored_ = *done;
    open();
    return "";
  }
  void accept(const std::vector<TestRow>& rows) {
    bool accepted = false;
    store_->inbox().append(encode(rows), [&](const Result<void>& done) { accepted = done.ok(); });
    EXPECT_TRUE(accepted);
  }
  void apply_inbox() {
    const auto page = store_->inbox().read(store_->inbox_cursor(), SIZE_MAX);
    ASSERT_TRUE(page.ok());
    if (page->last == 0) return;
    store_->begin();
    store_->profiles.apply(page->changes, kNoon, nullptr);
    store_->set_inbox_cursor(page->last);
    ASSERT_TRUE(store_->commit().ok());
    store_->inbox().erase_through(page->last);
  }
  void change(const std::function<void()>& work) {
    store_->begin();
    work();
    ASSERT_TRUE(store_->commit().ok());
  }
  static TestRow erase(const std::string& key, int64_t at = 9) {
    return {.type = ChangeType::kDelete, .at = at, .key = key};
  }
  static ApiTokenRow token(int64_t number, Role role) {
    ApiTokenRow row;
    row.number = number, row.name = "t" + std::to_string(number), row.role = role;
    row.hash = Bytes(32, static_cast<uint8_t>(number));
    return row;
  }
  static UserRow user(int64_t number, Role role) {
    UserRow row;
    row.number = number, row.name = "n" + std::to_string(number), row.role = role;
    row.password = "hash";
    return row;
  }
  std::set<std::string> keys() {
    std::set<std::string> found;
    for (const auto& [key, person] : everybody(*store_)) found.insert(key);
    return found;
  }
  using Keys = std::set<std::string>;

  const std::string backup_ = directory_ / "backup", afterwards_ = path_ + ".afterwards";
  Restored restored_;
};

TEST_F(ReplayTest, who_was_erased_after_the_backup_is_erased_again) {
  accept(people(0, 5));
  apply_inbox();
  accept(people(5, 8));  // wait in the inbox of the backup
  back_up();
  apply_inbox();
  accept({erase("u1"), erase("u6"), erase("u9")});  // u9 is in no backup
  apply_inbox();
  ASSERT_EQ(restore(), "");
  EXPECT_EQ(restored_.erased, 3);
  EXPECT_EQ(restored_.gap, "");
  apply_inbox();
  EXPECT_EQ(keys(), (Keys{"u0", "u2", "u3", "u4", "u5", "u7"}));
  accept({{.at = 8, .key = "u9", .fields = {{"email", "u9@example.org"}}}});
  apply_inbox();
  EXPECT_FALSE(keys().contains("u9")) << "rows from before the erasure, delivered again, bring nobody back";
  ASSERT_EQ(restore(), "") << "and once more";
  apply_inbox();
  EXPECT_EQ(keys().size(), 6u);
}

TEST_F(ReplayTest, who_came_back_before_the_backup_stays) {
  accept(people(0, 2));
  accept({erase("u1"), enter(20, "u1")});
  apply_inbox();
  back_up();
  ASSERT_EQ(restore(), "");
  apply_inbox();
  EXPECT_EQ(keys(), (Keys{"u0", "u1"}));
}

TEST_F(ReplayTest, an_erasure_that_no_import_commits_is_not_noted) {
  accept(people(0, 2));
  apply_inbox();
  back_up();
  store_->begin();
  store_->note_erasures(encode({erase("u0")}));
  store_->abandon();
  EXPECT_FALSE(store_->commit().ok());
  change([&] { store_->note_erasures(encode({erase("u1")})); });
  ASSERT_EQ(restore(), "");
  apply_inbox();
  EXPECT_EQ(keys(), Keys{"u0"});
}

TEST_F(ReplayTest, what_cannot_be_noted_is_not_acknowledged) {
  std::filesystem::remove(afterwards_);
  store_ = nullptr;
  std::filesystem::create_directory(directory_ / "gone");
  auto opened = Store::open({.directory = path_, .durable = false}, {.file = directory_ / "gone/afterwards"});
  ASSERT_TRUE(opened.ok()) << opened.error().text();
  store_ = std::move(opened).value();
  // The file cannot grow any more.
  const rlimit none{64, 64};
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{none.rlim_cur, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string code;
  store_->inbox().append(encode({erase("u1")}),
                         [&](const Result<void>& done) { code = done.ok() ? "" : done.error().code; });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, ignored);
  EXPECT_EQ(code, "afterwards_not_written");
  EXPECT_EQ(store_->inbox().read(0, SIZE_MAX)->last, 0);
}

TEST_F(ReplayTest, what_was_revoked_after_the_backup_stays_so_and_the_rest_is_suspended) {
  change([&] {
    for (int64_t n = 1; n <= 3; ++n) store_->api_tokens.put(token(n, Role::kAdmin));
    store_->write_keys.put(token(4, Role::kNobody));
    store_->write_keys.put(token(5, Role::kNobody));
    for (int64_t n = 1; n <= 4; ++n) store_->users.put(user(n, Role::kAdmin));
    UserRow invited = user(5, Role::kViewer);
    invited.invitation = Bytes(32, 1);
    store_->users.put(invited);
    SessionRow session;
    session.number = session.user = 1;
    store_->sessions.put(session);
  });
  back_up();
  change([&] {
    store_->revoke_token(token(1, Role::kAdmin));
    store_->lower_token(token(2, Role::kAdmin), Role::kViewer);
    store_->revoke_write_key(token(4, Role::kNobody));
    store_->remove_user(user(1, Role::kAdmin));
    store_->note_lowered(user(2, Role::kAdmin), Role::kOperator);
    store_->note_password_ended(user(3, Role::kAdmin));
  });
  ASSERT_EQ(restore(), "");
  EXPECT_EQ(restored_.revoked, 6);
  EXPECT_EQ(restored_.suspended, 2 + 1 + 3);
  EXPECT_FALSE(store_->api_tokens.get(1));
  EXPECT_EQ(store_->api_tokens.get(2)->role, Role::kViewer);
  EXPECT_EQ(store_->api_tokens.get(3)->role, Role::kAdmin);
  EXPECT_FALSE(store_->write_keys.get(4));
  EXPECT_TRUE(store_->write_keys.get(5));
  EXPECT_FALSE(store_->users.get(1));
  EXPECT_EQ(store_->users.get(2)->role, Role::kOperator);
  EXPECT_EQ(store_->users.get(3)->password, "");
  EXPECT_EQ(store_->users.get(4)->password, "hash");
  EXPECT_TRUE(store_->users.get(5)->invitation.empty());
  EXPECT_TRUE(store_->sessions.all().empty());
  EXPECT_EQ(store_->suspended().tokens, 3);
  EXPECT_EQ(store_->suspended().write_keys, 5);
  EXPECT_EQ(store_->suspended().users, 5);
  EXPECT_EQ(store_->number("restored"), 1);
  EXPECT_FALSE(store_->audit.verify().broken);
  change([&] { store_->confirm_restored(); });
  EXPECT_FALSE(store_->suspended().any());
}

TEST_F(ReplayTest, a_restore_is_refused_where_the_file_cannot_tell_all) {
  accept(people(0, 2));
  apply_inbox();
  accept({erase("u0")});
  const std::string early = read_file(afterwards_);
  accept({erase("u0", 10)});
  apply_inbox();
  back_up();
  const std::string late = read_file(afterwards_);
  EXPECT_EQ(restore(false, kNoon + kBackupAgeMax + Millis{1}), "afterwards_needed") << "too old a backup";
  std::ofstream(afterwards_, std::ios::binary) << early;
  EXPECT_EQ(restore(), "afterwards_needed") << "a file older than the backup";
  std::string altered = late;
  altered[80] = static_cast<char>(altered[80] ^ 1);
  std::ofstream(afterwards_, std::ios::binary) << altered;
  EXPECT_EQ(restore(), "") << "what the backup already has may be unreadable";
  accept({erase("u1", 11), erase("u1", 12)});
  altered = read_file(afterwards_);
  altered[altered.size() - 80] = static_cast<char>(altered[altered.size() - 80] ^ 1);
  std::ofstream(afterwards_, std::ios::binary) << altered;
  EXPECT_EQ(restore(), "afterwards_needed") << "an entry since the backup was altered";
  EXPECT_EQ(restore(true), "");
  std::filesystem::remove(afterwards_);
  EXPECT_EQ(restore(), "afterwards_needed") << "no file";
  EXPECT_FALSE(std::filesystem::exists(main_file_));
  EXPECT_EQ(restore(true), "");
  EXPECT_NE(restored_.gap, "");
}

TEST_F(ReplayTest, a_file_from_which_entries_after_the_backup_have_gone_is_no_longer_enough) {
  back_up();
  accept({erase("u0")});
  auto file = Afterwards::open(afterwards_, AfterwardKeys(store_->profiles.secret()),
                               store_->afterwards().id(), false);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->drop_before(make_system_clock()->now() + std::chrono::hours(24 * 10)).ok());
  EXPECT_EQ(restore(), "afterwards_needed");
}

}  // namespace
}  // namespace pinrelay::store
