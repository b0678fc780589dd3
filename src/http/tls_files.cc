#include "http/tls_files.h"

#include "base/log.h"

namespace pinrelay::http {
namespace {

Error bad_files(const ErrorCode& error, const std::string& file) {
  return Error{ErrorKind::kInvalid, "bad_certificate", error.message(), file,
               "give a PEM certificate chain and the private key that belongs to it"};
}

}  // namespace

Result<std::unique_ptr<TlsFiles>> TlsFiles::open(std::string certificate_file, std::string private_key_file,
                                                 Millis look_every) {
  std::unique_ptr<TlsFiles> files(
      new TlsFiles(std::move(certificate_file), std::move(private_key_file), look_every));
  files->seen_ = files->stamps();
  files->context_ = TRY(files->load());
  return files;
}

TlsFiles::Stamp TlsFiles::stamp_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

Result<TlsFiles::Context> TlsFiles::load() const {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  ErrorCode error;
  context->use_certificate_chain_file(certificate_file_, error);
  if (error) return bad_files(error, certificate_file_);
  // Fails, too, where the key does not belong to the certificate.
  context->use_private_key_file(private_key_file_, asio::ssl::context::pem, error);
  if (error) return bad_files(error, private_key_file_);
  return context;
}

TlsFiles::Context TlsFiles::context(Millis now) {
  const std::lock_guard lock(mutex_);
  if (now < look_at_) return context_;
  look_at_ = now + look_every_;
  const Stamps present = stamps();
  if (present == seen_) return context_;
  seen_ = present;  // what is wrong with these is told once, until they change again
  auto loaded = load();
  if (loaded.ok()) {
    context_ = std::move(loaded).value();
    log(LogLevel::kInfo, "http", "the TLS certificate was read again", {{"file", certificate_file_}});
  } else {
    log(LogLevel::kError, "http", "the new TLS certificate cannot be used, the old one stays",
        {{"reason", loaded.error().text()}, {"certificate", certificate_file_}, {"key", private_key_file_}});
  }
  return context_;
}

}  // namespace pinrelay::http
