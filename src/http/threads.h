// What every thread of this folder does first.
#pragma once

#include <pthread.h>

#include <csignal>
#include <string>

namespace pinrelay::http {

// Names the thread (15 characters at most) and leaves all signals to the program's own threads. Among them is
// SIGPIPE, which libcurl's TLS would raise on a lost connection.
inline void name_thread(const char* prefix, size_t number) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), (prefix + std::to_string(number)).c_str());
}

}  // namespace pinrelay::http
