#include "sources/file_preview.h"

#include <algorithm>
#include <map>

#include "identity/mask.h"
#include "sources/value_types.h"
#include "store/catalog.h"

namespace pinrelay::sources {
namespace {

constexpr size_t kBytesMax = 256 * 1024;
// A preview is looked at while somebody waits.
constexpr uint64_t kSurveyBytesMax = 256ULL * 1024 * 1024;
constexpr size_t kSamples = 2;
constexpr size_t kMistakesMax = 20;
constexpr size_t kColumnsMax = store::kFieldsMax;
class Columns {
 public:
  void name_all(const std::vector<std::string>& names) {
    for (const std::string& name : names) (void)at(name);
  }
  void note(std::string_view name, store::ValueType type, ByteView value) {
    const size_t index = at(name);
    if (index == kColumnsMax || type == store::ValueType::kNull) return;
    ColumnPreview& column = columns_[index];
    ++column.filled;
    column.type = store::widen(column.type, type);
    store::for_each_item(type, value, [&](const store::ItemView& item) {
      if (column.samples.size() == kSamples) return;
      std::string sample = identity::mask(item.text);
      if (std::ranges::find(column.samples, sample) == column.samples.end())
        column.samples.push_back(std::move(sample));
    });
  }
  std::vector<ColumnPreview> take() { return std::move(columns_); }

 private:
  // kColumnsMax when there are too many already.
  size_t at(std::string_view name) {
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
    if (columns_.size() == kColumnsMax) return kColumnsMax;
    numbers_.emplace(name, columns_.size());
    columns_.emplace_back().name = name;
    return columns_.size() - 1;
  }

  std::vector<ColumnPreview> columns_;
  std::map<std::string, size_t, std::less<>> numbers_;
};

RowError mistake_of(const Error& error) { return {1, 0, error.code, error.message, error.fix}; }

// Names that are none are masked, and what was said of them is not said.
void mask_data(FilePreview& preview) {
  if (std::ranges::none_of(preview.columns, [](const auto& each) { return looks_like_data(each.name); }))
    return;
  for (ColumnPreview& column : preview.columns) column.name = identity::mask(column.name);
  preview.key_column = identity::mask(preview.key_column);
  preview.mistakes = {{1, 0, "no_header", "the first row looks like a person's data, not like names",
                       "begin the file with a row that names its columns"}};
}

Result<void> look(RowStream& rows, Time now, bool csv, FilePreview& preview, Columns& columns) {
  Bytes changes;
  const RowBatch batch = TRY(rows.next(kBytesMax, now, changes));
  store::ChangeReader reader(changes);
  const bool key_is_field = csv && preview.key_column != "key";
  for (store::ChangeView change; reader.next(change);) {
    if (!key_is_field) columns.note("key", infer_value(change.key), as_bytes(change.key));
    change.for_each_field(
        [&](const store::FieldView& field) { columns.note(field.name, field.type, field.value); });
  }
  preview.dropped = batch.dropped.counts;
  preview.rows = batch.accepted;
  preview.bad_rows = batch.errors.size();
  preview.whole = batch.end;
  preview.mistakes.assign(
      batch.errors.begin(),
      batch.errors.begin() + static_cast<ptrdiff_t>(std::min(batch.errors.size(), kMistakesMax)));
  for (const RowError& value : batch.dropped.listed)
    if (preview.mistakes.size() < kMistakesMax) preview.mistakes.push_back(value);
  return {};
}

}  // namespace

Result<FilePreview> preview_file(const FileWishes& wishes, Time now) {
  FilePreview preview;
  preview.bytes = TRY(InputFile::open(wishes.path)).size();
  const auto decided = decide_shape(wishes, kSurveyBytesMax);
  if (!decided.ok() && decided.error().kind != ErrorKind::kInvalid) return decided.error();
  if (!decided.ok()) {
    preview.mistakes.push_back(mistake_of(decided.error()));
    return preview;
  }
  Columns columns;
  const FileShape& shape = *decided;
  columns.name_all(shape.header);
  preview.format = shape.format;
  preview.encoding = shape.encoding;
  preview.delimiter = shape.delimiter;
  preview.key_column = shape.key_column;
  const auto stream = RowStream::open({.path = wishes.path,
                                       .format = shape.format,
                                       .delimiter = shape.delimiter,
                                       .key_column = shape.key_column,
                                       .encoding = shape.encoding,
                                       .limits = wishes.limits});
  const bool csv = shape.format == RowFormat::kCsv;
  const auto looked = stream.ok() ? look(**stream, now, csv, preview, columns) : stream.error();
  if (!looked.ok() && looked.error().kind != ErrorKind::kInvalid) return looked.error();
  if (!looked.ok()) preview.mistakes.push_back(mistake_of(looked.error()));
  preview.columns = columns.take();
  mask_data(preview);
  return preview;
}

}  // namespace pinrelay::sources
