// What the configuration takes from disk: the file itself and the secrets it names.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "config/config.h"
#include "config/yaml.h"

namespace pinrelay::config {
namespace {

constexpr size_t kSecretBytesMax = 64 * 1024;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Error unreadable(const std::string& path, int error) {
  const ErrorKind kind = error == ENOENT   ? ErrorKind::kNotFound
                         : error == EACCES ? ErrorKind::kAuth
                                           : ErrorKind::kUnavailable;
  const char* fix = error == ENOENT   ? "check the path"
                    : error == EACCES ? "let this user read it"
                                      : "check the file";
  return Error{kind, "unreadable_file", fmt::format("cannot be read: {}", std::strerror(error)), path, fix};
}

// At most `bytes_max` + 1 bytes, so that the caller can tell when there is more.
Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return unreadable(path, errno);
  std::string text(bytes_max + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return unreadable(path, errno);
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Error bad_secret(std::string_view code, std::string message, const std::string& where, std::string fix) {
  return Error{ErrorKind::kInvalid, std::string(code), std::move(message), where, std::move(fix)};
}

std::string sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace

Result<Loaded> load_config_file(const std::string& path, MoreRules rules) {
  const std::string text = TRY(read_file(path, kDocumentBytesMax));
  return load_config(text, std::filesystem::path(path).parent_path().string(), rules);
}

std::string afterwards_file(const Config& config) {
  std::string store = config.store;
  while (store.ends_with('/')) store.pop_back();
  if (config.afterwards_folder.empty()) return store + ".afterwards";
  const std::string name = std::filesystem::path(store).filename().string() + ".afterwards";
  return (std::filesystem::path(config.afterwards_folder) / name).string();
}

std::vector<Problem> check_secret_files(const Loaded& loaded) {
  std::vector<Problem> out;
  for (const NamedSecret& named : loaded.secrets) {
    if (!named.secret.credential.empty()) continue;
    const auto read = read_secret(named.secret);
    if (read.ok()) continue;
    const bool missing = read.error().kind == ErrorKind::kNotFound;
    out.push_back({named.line, named.column, named.path, "bad_secret_file",
                   fmt::format("{}: {}", named.secret.path, read.error().message),
                   missing ? "Make the file with mode 0600 and write the secret into it, or name another file"
                           : sentence(read.error().fix)});
  }
  return out;
}

Result<std::string> read_secret(const SecretFile& secret) {
  if (secret.path.empty())
    return Error{ErrorKind::kNotFound, "no_credentials",
                 fmt::format("the credential '{}' was not given", secret.credential), "CREDENTIALS_DIRECTORY",
                 "start it as a systemd unit with LoadCredential="};
  const std::string text = TRY(read_file(secret.path, kSecretBytesMax));
  if (text.size() > kSecretBytesMax)
    return bad_secret("secret_too_large", "the secret is larger than 64 KiB", secret.path, "check the path");
  const std::string_view value = trimmed(text);
  if (value.empty())
    return bad_secret("secret_empty", "the file holds no secret", secret.path, "write it into the file");
  for (const char c : value)
    if (static_cast<unsigned char>(c) < 0x21 || c == 0x7f)
      return bad_secret("secret_not_one_word",
                        "the secret holds a space, a line break or a control character", secret.path,
                        "keep only the secret in the file");
  return std::string(value);
}

}  // namespace pinrelay::config
