#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <istream>
#include <streambuf>

#include "base/utf8.h"

namespace pinrelay::config {
namespace {

Error wrong(std::string_view code, std::string message, std::string_view fix) {
  return Error{ErrorKind::kInvalid, std::string(code), std::move(message), "", std::string(fix)};
}

Position position(const YAML::Mark& mark) {
  return mark.is_null() ? Position{} : Position{mark.line + 1, mark.column + 1};
}

// Control characters are no text, other than tab and line ends.
bool is_text(Codepoint code) {
  if (code.value == '\t' || code.value == '\n' || code.value == '\r') return true;
  return code.ok && code.value >= 0x20 && (code.value < 0x7f || code.value >= 0xa0);
}

// yaml-cpp accepts some tabs in the indentation, misplaces the error for others, and guesses at encodings; so
// both are looked at before it sees the text.
void check_characters(std::string_view text, Problems& problems) {
  Position at;
  bool indentation = true;
  for (size_t i = 0; i < text.size();) {
    const Codepoint code = decode_utf8(text.substr(i));
    if (!is_text(code)) {
      problems.add(at, "",
                   wrong("yaml_encoding",
                         fmt::format("byte 0x{:02x} is not text", static_cast<unsigned char>(text[i])),
                         "Save the file as UTF-8 without control characters"));
      return;
    }
    if (indentation && text[i] == '\t') {
      problems.add(at, "", wrong("yaml_tab", "a tab in the indentation", "Indent with spaces"));
      indentation = false;
    } else if (text[i] != ' ') {
      indentation = false;
    }
    at.column += static_cast<int>(code.size);
    if (text[i] == '\n') ++at.line, at.column = 1, indentation = true;
    i += code.size;
  }
}

// Whether the quoted scalar that begins at `start` ends; yaml-cpp 0.7 takes the end of the file for a quote.
bool quote_ends(std::string_view text, size_t start) {
  if (start >= text.size() || (text[start] != '"' && text[start] != '\'')) return true;
  for (size_t i = start + 1; i < text.size(); ++i) {
    if (text[start] == '"' && text[i] == '\\')
      ++i;
    else if (text[i] == text[start])
      return true;
  }
  return false;
}

// Builds the tree from yaml-cpp's events; what is beyond a bound is reported once and left out.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, Problems& problems) : text_(text), problems_(problems) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(Node::Kind::kEmpty, mark, "?", anchor, {});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse_reuse(position(mark));
    leaf(Node::Kind::kRefused, mark, "?", 0, {});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!quote_ends(text_, static_cast<size_t>(mark.pos))) {
      problems_.add(position(mark), "",
                    wrong("yaml_syntax", "this quote is never closed", "Close it on the same line"));
      return leaf(Node::Kind::kRefused, mark, tag, anchor, {});
    }
    leaf(Node::Kind::kScalar, mark, tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  void refuse_reuse(Position at) {
    problems_.add(
        at, "",
        wrong("yaml_alias", "anchors and aliases are not supported", "Write the value out at each place"));
  }

  Node start(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    Node node;
    node.kind = kind;
    node.at = position(mark);
    if (anchor != 0) refuse_reuse(node.at);
    // "?" is no tag on a plain value, "!" none on a quoted one.
    if (tag != "?" && tag != "!" && !tag.empty())
      problems_.add(node.at, "",
                    wrong("yaml_tag", "tags are not supported", "Remove the tag; the key decides the type"));
    return node;
  }

  bool full(Position at) {
    if (++nodes_ <= kNodesMax) return false;
    if (nodes_ == kNodesMax + 1)
      problems_.add(
          at, "", wrong("too_many_values", fmt::format("more than {} values", kNodesMax), "Split the file"));
    return true;
  }

  void leaf(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            const std::string& text) {
    if (too_deep_ > 0 || full(position(mark))) return;
    Node node = start(kind, mark, tag, anchor);
    node.text = text;
    place(std::move(node));
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (too_deep_ > 0 || open_.size() >= kDepthMax) {
      if (++too_deep_ == 1) refuse_depth(mark);
      return;
    }
    full(position(mark));
    open_.push_back(start(kind, mark, tag, anchor));
  }

  void refuse_depth(const YAML::Mark& mark) {
    problems_.add(
        position(mark), "",
        wrong("too_deep", fmt::format("nested deeper than {} levels", kDepthMax), "The deepest key has 4"));
    Node node;
    node.kind = Node::Kind::kRefused;
    place(std::move(node));
  }

  void close() {
    if (too_deep_ > 0) {
      --too_deep_;
      return;
    }
    Node node = std::move(open_.back());
    open_.pop_back();
    place(std::move(node));
  }

  void place(Node node) {
    if (open_.empty())
      root_ = std::move(node);
    else
      open_.back().items.push_back(std::move(node));
  }

  std::string_view text_;
  Problems& problems_;
  Node root_;
  std::vector<Node> open_;
  size_t nodes_ = 0;
  size_t too_deep_ = 0;  // levels open below the deepest that is kept
};

// An istream over the text without a copy of it.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read
    setg(begin, begin, begin + text.size());
  }
};

// Notes where a second document begins and keeps nothing of it.
class SecondDocument final : public YAML::EventHandler {
 public:
  explicit SecondDocument(Problems& problems) : problems_(problems) {}
  void OnDocumentStart(const YAML::Mark& mark) override {
    problems_.add(position(mark), "",
                  wrong("yaml_documents", "a second document begins here",
                        "Keep one document, and indent top-level keys alike"));
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}

 private:
  Problems& problems_;
};

Node parse_events(std::string_view text, Problems& problems) {
  TextBuffer buffer(text);
  std::istream in(&buffer);
  YAML::Parser parser(in);
  TreeBuilder builder(text, problems);
  parser.HandleNextDocument(builder);
  SecondDocument second(problems);
  parser.HandleNextDocument(second);
  return builder.take();
}

}  // namespace

Node parse_yaml(std::string_view text, Problems& problems) {
  Node refused;
  refused.kind = Node::Kind::kRefused;
  if (text.size() > kDocumentBytesMax) {
    problems.add(
        {}, "",
        wrong("too_large", fmt::format("the file has {} bytes, more than {}", text.size(), kDocumentBytesMax),
              "A configuration of 1,000 jobs fits in half of that"));
    return refused;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  check_characters(text, problems);
  if (!problems.empty()) return refused;
  try {
    return parse_events(text, problems);
  } catch (const YAML::DeepRecursion& error) {
    // The builder stops at kDepthMax and says so, long before yaml-cpp gives up; to be sure:
    if (problems.empty())
      problems.add(position(error.mark), "",
                   wrong("too_deep", "nested far too deeply", "The deepest key has 4 levels"));
  } catch (const YAML::Exception& error) {
    problems.add(position(error.mark), "",
                 wrong("yaml_syntax", error.msg, "Look at this line and the one above"));
  } catch (const std::exception& error) {
    problems.add({}, "",
                 wrong("yaml_syntax", fmt::format("the reader of YAML failed: {}", error.what()), ""));
  }
  return refused;
}

}  // namespace pinrelay::config
