// The web interface: files that the build has put into the binary, and which of them a path shows.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "http/server.h"

namespace pinrelay::admin {

// As embed_interface.cmake writes it.
struct InterfaceFile {
  const char* path;  // "/index.html", "/assets/index-B1x.js"
  const char* type;
  const char* hash;  // of the content
  const char* bytes;
  size_t size;
  const char* gzip;
  size_t gzip_size;
};
using Interface = std::span<const InterfaceFile>;

// Empty when the interface was not there when the binary was built.
Interface embedded_interface();

// True if the interface serves this path. Its pages have their own URLs, so it takes every path that nothing
// else in the service uses. Always false when no interface is embedded.
bool is_of_interface(Interface interface, const http::ServerRequest& request);

// The answer to such a visit, without what all pages have. `policy`: guarded.h.
http::ServerResponse show_interface(Interface interface, const http::ServerRequest& request,
                                    std::string_view policy);

}  // namespace pinrelay::admin
