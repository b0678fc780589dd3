// Lists that jobs have left: what is said of them, and forgetting them.
#include "cli/left_lists.h"

#include <fmt/format.h>

#include "cli/confirm.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {

std::string list_name(const exports::List& list) {
  if (!list.row.name.empty()) return plain(list.row.name);
  return list.row.id.empty() ? fmt::format("number {}", list.row.number) : plain(list.row.id);
}

std::string jobs_that_left(const exports::List& list) {
  std::string names;
  for (const store::LeftRow& left : list.left) names += (names.empty() ? "" : ", ") + left.job;
  return names;
}

bool is_left(exports::Core& core, const exports::List& list) {
  return !list.conversions() && !list.left.empty() && !core.written(list.row.number);
}

std::string left_lists_of(exports::Core& core, const std::string& authorization) {
  std::string names;
  for (const auto& [number, list] : core.lists)
    if (list.row.authorization == authorization && is_left(core, list))
      names += (names.empty() ? "" : ", ") + list_name(list);
  return names;
}

std::optional<WaitingErasures> waiting_erasures(exports::Core& core, const exports::List& list) {
  if (list.conversions() || core.store.queue.empty(list.row.number)) return std::nullopt;
  const bool sends_itself = core.driven(list) && core.written(list.row.number);
  const store::Queue::Erasures erasures = core.store.queue.erasures(list.row.number);
  if (sends_itself || erasures.rows == 0) return std::nullopt;
  const Time since = erasures.oldest == 0 ? core.now() : from_millis(erasures.oldest);
  return WaitingErasures{erasures.rows, std::max(Millis{0}, core.now() - since)};
}

Result<Output> run_list_forget(Context& context, const Arguments& arguments) {
  const std::string& name = arguments.positional.at(0);
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    exports::Core& core = context.engine.core();
    const auto found = std::ranges::find_if(core.lists, [&](const auto& item) {
      const exports::List& list = item.second;
      return is_left(core, list) && (list.row.name == name || list.row.id == name);
    });
    if (found == core.lists.end())
      return Error{ErrorKind::kNotFound, "no_left_list",
                   fmt::format("jobs have left no list '{}' that nobody writes", plain(name)), "",
                   "see 'pinrelay doctor'; a list that a job writes is kept with that job"};
    exports::List& list = found->second;
    const std::string jobs = jobs_that_left(list);
    const int64_t present = list.row.present;
    TRY(confirmed(arguments,
                  fmt::format("{} identifiers that {} added stay on the list {}, also when these people are "
                              "deleted",
                              thousands(present), jobs, list_name(list))));
    output.json = {{"list", name}, {"result", "forgotten"}, {"identifiers_left", present}, {"jobs", jobs}};
    output.text =
        fmt::format("{}: forgotten; {} identifiers stay on it for good\n", plain(name), thousands(present));
    const store::ListNumber number = found->first;
    context.engine.jobs().departures().forget(list);
    context.engine.jobs().departures().settle(number);
    return {};
  }));
  return output;
}

}  // namespace pinrelay::cli
