// For the tests of this folder and of those who speak HTTP: raw sockets, a scripted peer, certificates.
// Header only, so that none of it is in the library.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/client.h"
#include "http/server.h"

namespace pinrelay::http::testing {

// A hanging test must end; no test waits this long when it passes.
constexpr int kGiveUpSeconds = 20;

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/pinrelay-http-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// A connected socket, blocking.
class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) {
    const timeval limit{kGiveUpSeconds, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() { close(); }

  static RawSocket connect_to(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return RawSocket(fd);
  }

  // What could not be sent, because the other side has closed, is no failure here: the answer tells.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  // At most `max` bytes; "" at the end or when the connection was reset.
  std::string receive(size_t max = 65'536) {
    std::string bytes(max, '\0');
    const ssize_t received = recv(fd_, bytes.data(), bytes.size(), 0);
    EXPECT_FALSE(received < 0 && errno == EAGAIN) << "the other side neither sent nor closed";
    bytes.resize(received > 0 ? static_cast<size_t>(received) : 0);
    return bytes;
  }
  std::string receive_all() {
    std::string all;
    for (std::string more = receive(); !more.empty(); more = receive()) all += more;
    return all;
  }
  // Up to and with `end`, or whatever came before the other side closed.
  std::string receive_until(std::string_view end) {
    std::string all;
    while (!all.ends_with(end)) {
      const std::string byte = receive(1);
      if (byte.empty()) break;
      all += byte;
    }
    return all;
  }
  // One request or answer with a Content-Length.
  std::string receive_message() {
    std::string head = receive_until("\r\n\r\n");
    const size_t at = head.find("Content-Length: ");
    size_t left = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    while (left > 0) {
      const std::string more = receive(left);
      if (more.empty()) break;
      left -= more.size();
      head += more;
    }
    return head;
  }
  int descriptor() const { return fd_; }
  void finish_sending() { shutdown(fd_, SHUT_WR); }
  // Throws away what is not sent yet, and the other side's data with it.
  void reset() {
    const linger hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

// A client over TLS; the certificate is not looked at.
class TlsClient {
 public:
  explicit TlsClient(uint16_t port)
      : raw_(RawSocket::connect_to(port)), context_(SSL_CTX_new(TLS_client_method())) {
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, raw_.descriptor());
    EXPECT_EQ(SSL_connect(ssl_), 1);
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  void send(std::string_view bytes) {
    EXPECT_EQ(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
  }
  std::string receive_until(std::string_view end) {
    std::string all;
    for (char c = 0; !all.ends_with(end) && SSL_read(ssl_, &c, 1) == 1;) all += c;
    return all;
  }
  void say_goodbye() { SSL_shutdown(ssl_); }
  // What the server has shown, as DER.
  std::string certificate() const {
    X509* shown = SSL_get1_peer_certificate(ssl_);
    unsigned char* der = nullptr;
    const int size = i2d_X509(shown, &der);
    std::string out(reinterpret_cast<const char*>(der), static_cast<size_t>(std::max(size, 0)));
    OPENSSL_free(der);
    X509_free(shown);
    return out;
  }

 private:
  RawSocket raw_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
};

// A server that does exactly what the test says: one function a connection, in order, on one thread.
class ScriptedPeer {
 public:
  using Script = std::function<void(RawSocket&)>;

  explicit ScriptedPeer(std::vector<Script> scripts)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, scripts = std::move(scripts)] { run(scripts); });
  }
  ~ScriptedPeer() {
    shutdown(listener_, SHUT_RDWR);  // ends accept()
    thread_.join();
    ::close(listener_);
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  uint16_t port() const { return port_; }

 private:
  void run(const std::vector<Script>& scripts) {
    for (const Script& script : scripts) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      RawSocket connection(fd);
      script(connection);
    }
  }

  const int listener_;
  uint16_t port_ = 0;
  std::jthread thread_;
};

// Waits for a transport's ends.
class Collector final : public WakeUp {
 public:
  void wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  // The next `count` ends.
  std::vector<Finished> collect(Transport& transport, size_t count) {
    std::vector<Finished> all;
    while (all.size() < count) {
      for (Finished& one : transport.take_finished()) all.push_back(std::move(one));
      if (all.size() < count && !wait()) break;
    }
    EXPECT_EQ(all.size(), count);
    all.resize(count);
    return all;
  }
  Response exchange(Transport& transport, Request request) {
    transport.submit(1, std::move(request));
    return std::move(collect(transport, 1)[0].response);
  }

 private:
  bool wait() {
    std::unique_lock lock(mutex_);
    const bool woken =
        changed_.wait_for(lock, std::chrono::seconds(kGiveUpSeconds), [this] { return woken_; });
    woken_ = false;
    return woken;
  }

  std::mutex mutex_;  // guards woken_
  std::condition_variable changed_;
  bool woken_ = false;
};

// Writes a self-signed certificate and its key as PEM; `names` as OpenSSL writes them: "DNS:a,IP:127.0.0.1".
inline void write_certificate(const std::string& certificate_file, const std::string& key_file,
                              const char* names) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_EXTENSION* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names);
  X509_add_ext(certificate, alternative, -1);
  X509_sign(certificate, key, EVP_sha256());
  FILE* file = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_EXTENSION_free(alternative);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

// A server with TLS, on 127.0.0.1.
inline ServerOptions tls_options(const TempDir& folder) {
  ServerOptions options;
  options.certificate_file = folder / "certificate.pem";
  options.private_key_file = folder / "key.pem";
  write_certificate(options.certificate_file, options.private_key_file, "IP:127.0.0.1");
  return options;
}

}  // namespace pinrelay::http::testing
