// backup and restore: a store as one sealed file, and what a restore leaves to decide.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/service.h"
#include "credentials/password.h"
#include "credentials/sealed_files.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kSealedFile = "/pinrelay.backup";  // in the backup's folder

struct Seal {
  credentials::SealedHead head;
  credentials::KeyPointer key;
};

Result<Secret> read_passphrase(const Arguments& arguments) {
  const std::string path = arguments.path(arguments.value("passphrase-file"));
  const auto error = [&](const char* code, std::string message, std::string fix) {
    return Error{ErrorKind::kInvalid, code, std::move(message), path, std::move(fix)};
  };
  struct stat info {};
  std::ifstream file(path, std::ios::binary);
  if (!file || ::stat(path.c_str(), &info) != 0)
    return error("passphrase_unreadable", fmt::format("the file cannot be read: {}", std::strerror(errno)),
                 "check the path and its owner");
  if ((info.st_mode & 077) != 0)
    return error("passphrase_open", "others than its owner may read the passphrase", "chmod 600 " + path);
  std::string line;
  std::getline(file, line);
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty())
    return error("passphrase_empty", "the file's first line is empty", "write the passphrase there");
  return Secret(std::move(line));
}

Result<Seal> new_seal(Context& context, const Arguments& arguments) {
  if (!arguments.has("passphrase-file")) {
    credentials::KeyPointer key = TRY(context.credentials.backup_key());
    return Seal{{credentials::SealedBy::kMasterKey, key->id, {}}, std::move(key)};
  }
  const Secret passphrase = TRY(read_passphrase(arguments));
  TRY(credentials::check_password("", passphrase));
  const credentials::SealedHead head = credentials::passphrase_head();
  return Seal{head, TRY(credentials::passphrase_key(passphrase, head))};
}

Result<credentials::KeyPointer> key_for(const credentials::SealedHead& head, const config::Config& config,
                                        const Arguments& arguments) {
  if (head.by == credentials::SealedBy::kMasterKey)
    return credentials::Vault(credentials::key_file_of(config)).backup_key(head.key_id);
  if (arguments.has("passphrase-file"))
    return credentials::passphrase_key(TRY(read_passphrase(arguments)), head);
  return Error{ErrorKind::kInvalid, "passphrase_needed", "the backup is sealed by a passphrase",
               arguments.positional.at(0), "give the file that holds it: --passphrase-file FILE"};
}

// The folder, for its owner alone, without a backup.
Result<void> prepare_folder(const std::string& to) {
  std::error_code failed;
  if (std::filesystem::exists(to + kSealedFile, failed) ||
      std::filesystem::exists(to + "/pinrelay.db", failed))
    return Error{ErrorKind::kConflict, "target_exists", "there is a backup, or a store, here already", to,
                 "name another folder"};
  if (std::filesystem::create_directories(to, failed)) ::chmod(to.c_str(), 0700);
  if (!failed) return {};
  return Error{ErrorKind::kUnavailable, "backup_io", "the folder cannot be made: " + failed.message(), to,
               "check the path and its owner"};
}

// By way of a checked copy in clear, in the store's folder, which goes.
Result<void> seal_store(Context& context, const std::string& to, const Seal& seal) {
  const std::string copy = context.store().directory() + store::kCopyFolder;
  std::error_code ignored;
  std::filesystem::remove_all(copy, ignored);
  auto sealed = context.store().backup(copy, context.clock.now());
  if (sealed) {
    std::vector<credentials::NamedFile> files;
    for (const std::string_view name : store::kStoreFiles)
      files.push_back({std::string(name), fmt::format("{}/{}", copy, name)});
    sealed = credentials::seal_files(files, to + kSealedFile, seal.head, *seal.key);
  }
  std::filesystem::remove_all(copy, ignored);
  return sealed;
}

Output sealed_output(Context& context, const Arguments& arguments, const Seal& seal, const std::string& to) {
  const bool by_key = seal.head.by == credentials::SealedBy::kMasterKey;
  const std::string opened_by =
      by_key ? context.credentials.vault().key_file() : arguments.path(arguments.value("passphrase-file"));
  std::error_code ignored;
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(to + kSealedFile, ignored));
  Output output;
  output.json = {{"folder", to},           {"bytes", bytes},
                 {"checked", true},        {"sealed_by", by_key ? "master_key" : "passphrase"},
                 {"opened_by", opened_by}, {"as_of", json_time(context.clock.now())}};
  if (by_key) output.json["key"] = to_hex(seal.head.key_id);
  const std::string what =
      by_key ? fmt::format("the master key {}, which lies in {}", to_hex(seal.head.key_id), plain(opened_by))
             : fmt::format("the passphrase, which lies in {}", plain(opened_by));
  output.text = fmt::format(
      "{}: {} bytes, copied, checked and sealed.\n"
      "It opens only with {}. Without that nothing opens, neither people nor jobs: keep a copy of that file, "
      "apart from the backups.\n{}"
      "The configuration is not in the backup.\n{}",
      plain(to), thousands(bytes), what,
      by_key ? ""
             : fmt::format("The tokens of Pinterest in it need the master key, too, which lies in {}.\n",
                           plain(context.credentials.vault().key_file())),
      as_of(context.clock.now()));
  return output;
}

// The backup's copy of the afterwards file stands in where that file is lost: it still tells what was erased
// and revoked before the backup, for older ones.
void place_copy(const std::string& copy, const std::string& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) std::filesystem::copy_file(copy, file, failed);
  if (failed)
    log(LogLevel::kWarning, "cli", "the backup's copy of what was erased and revoked was not put in place",
        {{"path", file}, {"reason", failed.message()}});
  std::filesystem::remove(copy, failed);
}

Result<store::Restored> restore_sealed(const config::Config& config, const Arguments& arguments,
                                       const std::string& file, const store::RestoreOptions& options) {
  const credentials::SealedHead head = TRY(credentials::read_sealed_head(file));
  const credentials::KeyPointer key = TRY(key_for(head, config, arguments));
  const std::string copy = config.store + "/afterwards.part";
  std::error_code ignored;
  auto restored = store::Store::restore(
      [&](const std::string& main, const std::string& inbox) {
        std::filesystem::remove(copy, ignored);
        return credentials::unseal_files(file, *key, [&](const std::string& name) {
          return name == store::kMainName         ? main
                 : name == store::kInboxName      ? inbox
                 : name == store::kAfterwardsName ? copy
                                                  : std::string();
        });
      },
      config.store, options);
  if (restored) {
    place_copy(copy, options.afterwards);
  } else {
    std::filesystem::remove(copy, ignored);
  }
  return restored;
}

Result<store::Restored> restore_store(const config::Config& config, const Arguments& arguments,
                                      const std::string& from) {
  const store::RestoreOptions options{config::afterwards_file(config), arguments.has("without-afterwards"),
                                      config.backup_age_max, make_system_clock()->now()};
  if (std::filesystem::exists(from + kSealedFile))
    return restore_sealed(config, arguments, from + kSealedFile, options);
  if (!arguments.has("unsealed-backup") && std::filesystem::exists(from + "/pinrelay.db"))
    return Error{ErrorKind::kConflict, "unsealed_backup",
                 "the backup is of an earlier version, which did not seal them: whoever could write there "
                 "could alter it unnoticed",
                 from, "if you trust it, repeat the command with --unsealed-backup"};
  return store::Store::restore(from, config.store, options);
}

std::string put_away_text(const store::Restored& restored) {
  std::string text;
  if (!restored.gap.empty())
    text += fmt::format(
        "Not everything that was erased and revoked since the backup is known: {}. Such people are back, and "
        "such tokens, write keys and users are, once confirmed.\n",
        restored.gap);
  if (restored.erased > 0 || restored.revoked > 0)
    text += fmt::format(
        "Erased again, as since the backup: {} people; revoked again: {} tokens, keys and users.\n",
        thousands(restored.erased), thousands(restored.revoked));
  if (restored.suspended > 0)
    text += fmt::format(
        "Everybody is signed out. {} tokens, write keys and users that the backup brought back are refused "
        "until 'pinrelay restore --confirm', which lists them.\n",
        thousands(restored.suspended));
  return text;
}

// Where the store is: in its service, or else here.
Result<Output> confirm_restored(const config::Config& config, const Arguments& arguments) {
  std::vector<std::string> argv = {"suspended", "confirm"};
  if (arguments.has("yes")) argv.emplace_back("--yes");
  auto remote = run_remote(config, argv, arguments);
  if (remote.ok() || remote.error().code != "no_service") return remote;
  auto service = TRY(Service::open(config, {.network = false, .listen = false, .engine = {}}));
  const Parsed parsed = parse(argv);
  return service->execute(*parsed.command, parsed.arguments);
}

}  // namespace

Result<Output> run_backup(Context& context, const Arguments& arguments) {
  const std::string to = arguments.path(arguments.positional.at(0));
  TRY(prepare_folder(to));
  const Seal seal = TRY(new_seal(context, arguments));
  TRY(seal_store(context, to, seal));
  return sealed_output(context, arguments, seal, to);
}

Result<Output> run_restore(const Arguments& arguments) {
  const config::Config config = TRY(load_configuration(configuration_path(arguments.value("config"))));
  if (arguments.has("confirm")) return confirm_restored(config, arguments);
  if (arguments.positional.empty())
    return usage_error("no backup is named", "give its folder, or --confirm after a restore");
  const std::string from = arguments.path(arguments.positional.at(0));
  const store::Restored restored = TRY(restore_store(config, arguments, from));
  Output output;
  output.json = {{"from", from},
                 {"store", config.store},
                 {"jobs", "paused"},
                 {"ledger", "distrusted"},
                 {"backed_up_at", json_time(restored.backed_up_at)},
                 {"afterwards", restored.gap.empty() ? "complete" : restored.gap},
                 {"erased", restored.erased},
                 {"revoked", restored.revoked},
                 {"suspended", restored.suspended}};
  output.text = fmt::format(
      "{} is restored from {}, and checked.\n{}"
      "Its jobs start paused, because another instance may have gone on after the backup: make sure that "
      "none runs, then 'pinrelay job resume NAME'.\n"
      "What the ledger says is on a list is not trusted: every wanted identifier is sent once more. People "
      "who were added after the backup are unknown to this store and may stay on a list.\n"
      "Conversions that were waiting may have been sent after the backup: those that Pinterest might count "
      "twice are held until 'pinrelay job release NAME' or 'pinrelay job discard NAME'. Membership events "
      "that senders deliver again are new to this store: only their event_id protects them from counting "
      "twice.\n",
      plain(config.store), plain(from), put_away_text(restored));
  return output;
}

}  // namespace pinrelay::cli
