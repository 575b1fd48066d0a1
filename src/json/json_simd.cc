// The only C++ of usher: simdjson walked into the steps of simd.h.

#include "json/simd.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace ondemand = simdjson::ondemand;

struct us_json_simd {
    ondemand::parser parser;
    std::unique_ptr<char[]> copy;
    size_t room;
};

namespace
{

struct walk {
    ondemand::document &document;
    const char *base; // of the text in the copy: what simdjson gives points there
    us_json_take *take;
    void *into;
    unsigned depth;
    unsigned depth_max;

    uint32_t at(const char *p) const noexcept
    {
        return static_cast<uint32_t>(p - base);
    }

    bool leaf(us_json_step step, const char *from, size_t len) const noexcept
    {
        return take(into, step, at(from), at(from) + static_cast<uint32_t>(len));
    }

    bool scalar(
        ondemand::value v, ondemand::json_type type, std::string_view raw) noexcept;
    bool array(ondemand::value v) noexcept;
    bool object(ondemand::value v) noexcept;
    bool value(ondemand::value v) noexcept;
    bool close() noexcept;
    bool root() noexcept;
};

// A token reaches up to the next one.
std::string_view token(ondemand::value &v) noexcept
{
    std::string_view raw = v.raw_json_token();
    size_t last = raw.find_last_not_of(" \t\n\r");
    return raw.substr(0, last + 1);
}

bool digits(std::string_view s, size_t *i) noexcept
{
    size_t from = *i;
    while (*i < s.size() && s[*i] >= '0' && s[*i] <= '9')
        ++*i;
    return *i > from;
}

// RFC 8259 syntax. simdjson refuses numbers that a double cannot hold with the same
// error as those that are none; size is no matter of the text's being JSON.
bool number(std::string_view s) noexcept
{
    size_t i = !s.empty() && s[0] == '-';
    if (i < s.size() && s[i] == '0')
        i++;
    else if (!digits(s, &i))
        return false;
    if (i < s.size() && s[i] == '.' && !digits(s, &++i)) return false;
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < s.size() && (s[i] == '+' || s[i] == '-')) i++;
        if (!digits(s, &i)) return false;
    }
    return i == s.size();
}

bool walk::scalar(
    ondemand::value v, ondemand::json_type type, std::string_view raw) noexcept
{
    if (type == ondemand::json_type::number) {
        double ignored;
        bool good = !v.get_double().get(ignored) || number(raw);
        return good && leaf(STEP_NUMBER, raw.data(), raw.size());
    }
    if (type == ondemand::json_type::boolean) {
        bool truth;
        if (v.get_bool().get(truth)) return false;
        return leaf(truth ? STEP_TRUE : STEP_FALSE, raw.data(), raw.size());
    }
    bool null;
    if (v.is_null().get(null) || !null) return false;
    return leaf(STEP_NULL, raw.data(), raw.size());
}

bool walk::array(ondemand::value v) noexcept
{
    ondemand::array items;
    if (v.get_array().get(items)) return false;
    for (auto item : items) {
        ondemand::value one;
        if (item.get(one) || !value(one)) return false;
    }
    return true;
}

bool walk::object(ondemand::value v) noexcept
{
    ondemand::object members;
    if (v.get_object().get(members)) return false;
    for (auto member : members) {
        ondemand::field field;
        if (std::move(member).get(field)) return false;
        std::string_view key = field.escaped_key();
        std::string_view text;
        if (field.unescaped_key(true).get(text)) return false;
        if (!leaf(STEP_KEY, key.data(), key.size()) || !value(field.value()))
            return false;
    }
    return true;
}

bool walk::value(ondemand::value v) noexcept
{
    ondemand::json_type type;
    if (v.type().get(type)) return false;
    std::string_view raw = token(v);
    if (type == ondemand::json_type::string) {
        std::string_view text;
        if (v.get_string(true).get(text)) return false;
        return leaf(STEP_STRING, raw.data() + 1, raw.size() - 2);
    }
    bool is_array = type == ondemand::json_type::array;
    if (!is_array && type != ondemand::json_type::object) return scalar(v, type, raw);
    if (depth == depth_max) return false;
    depth++;
    if (!take(into, is_array ? STEP_ARRAY : STEP_OBJECT, at(raw.data()), 0))
        return false;
    if (!(is_array ? array(v) : object(v))) return false;
    depth--;
    return close();
}

// simdjson stands at the token after a closing bracket; the wrapping array's own is
// always there.
bool walk::close() noexcept
{
    const char *next;
    if (document.current_location().get(next)) return false;
    std::string_view before(base, static_cast<size_t>(next - base));
    size_t last = before.find_last_not_of(" \t\n\r");
    return take(into, STEP_CLOSE, 0, static_cast<uint32_t>(last + 1));
}

// The text stands in an array of ours and must be its one element: so simdjson treats
// a lone scalar like any other value, and skips no byte order mark.
bool walk::root() noexcept
{
    ondemand::array items;
    if (document.get_array().get(items)) return false;
    size_t count = 0;
    for (auto item : items) {
        ondemand::value one;
        if (count++ || item.get(one) || !value(one)) return false;
    }
    return count == 1 && document.at_end();
}

} // namespace

struct us_json_simd *us_json_simd_new(void)
{
    return new (std::nothrow) us_json_simd();
}

void us_json_simd_free(struct us_json_simd *s)
{
    delete s;
}

us_json_verdict us_json_simd_walk(struct us_json_simd *s, const char *text, size_t len,
    unsigned depth_max, us_json_take *take, void *into)
{
    size_t wrapped = len + 2;
    size_t padded = wrapped + simdjson::SIMDJSON_PADDING;
    if (s->room < padded) {
        s->copy.reset(new (std::nothrow) char[padded * 2]);
        s->room = s->copy ? padded * 2 : 0;
        if (!s->copy) return SIMD_MEMORY;
    }
    char *copy = s->copy.get();
    copy[0] = '[';
    if (len) std::memcpy(copy + 1, text, len);
    copy[len + 1] = ']';
    std::memset(copy + wrapped, 0, simdjson::SIMDJSON_PADDING);

    ondemand::document document;
    simdjson::padded_string_view view(copy, wrapped, padded);
    simdjson::error_code error = s->parser.iterate(view).get(document);
    if (error == simdjson::MEMALLOC) return SIMD_MEMORY;
    if (error) return SIMD_REJECT;
    walk w{document, copy + 1, take, into, 0, depth_max};
    return w.root() ? SIMD_ACCEPT : SIMD_REJECT;
}
