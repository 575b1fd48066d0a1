/* role_words.c: what names say, as a table of words in both languages. */

#include "answer/role.h"
#include "event/event.h"

enum { WORDS_BYTES_MAX = 600, ANY = -1 };

/* Words stand between blanks in English and anywhere in Chinese. The strongest counts.
 * Nought: the name means something else. Below it: it means no more than so much. */
static const struct word {
    int meaning;
    int percent;
    us_str text;
} words[] = {
#define W(meaning, percent, text)             \
    {                                         \
        (meaning), (percent), US_S_INIT(text) \
    }
    W(US_ROLE_SIGN_UP, 95, "signed up"),
    W(US_ROLE_SIGN_UP, 95, "account created"),
    W(US_ROLE_SIGN_UP, 95, "account registered"),
    W(US_ROLE_SIGN_UP, 92, "user registered"),
    W(US_ROLE_SIGN_UP, 92, "registration completed"),
    W(US_ROLE_SIGN_UP, 92, "sign up completed"),
    W(US_ROLE_SIGN_UP, 92, "signup completed"),
    W(US_ROLE_SIGN_UP, 85, "registered"),
    W(US_ROLE_SIGN_UP, 85, "signup"),
    W(US_ROLE_SIGN_UP, 85, "sign up"),
    W(US_ROLE_SIGN_UP, 80, "workspace created"),
    W(US_ROLE_SIGN_UP, 80, "organization created"),
    W(US_ROLE_SIGN_UP, 80, "organisation created"),
    W(US_ROLE_SIGN_UP, 80, "company created"),
    W(US_ROLE_SIGN_UP, 75, "team created"),
    W(US_ROLE_SIGN_UP, 70, "user created"),
    W(US_ROLE_SIGN_UP, 60, "register"),
    W(US_ROLE_SIGN_UP, 95, "注册成功"),
    W(US_ROLE_SIGN_UP, 92, "注册"),
    W(US_ROLE_SIGN_UP, 85, "开户"),
    W(US_ROLE_SIGN_UP, 85, "创建账号"),
    W(US_ROLE_SIGN_UP, 85, "创建账户"),
    W(US_ROLE_SIGN_UP, 80, "创建团队"),
    W(US_ROLE_SIGN_UP, 80, "创建工作区"),
    W(US_ROLE_SIGN_UP, 80, "创建企业"),
    W(US_ROLE_SIGN_UP, 0, "viewed"),
    W(US_ROLE_SIGN_UP, 0, "started"),
    W(US_ROLE_SIGN_UP, 0, "webinar"),

    W(US_ROLE_ACTIVATED, 92, "activated"),
    W(US_ROLE_ACTIVATED, 90, "activation"),
    W(US_ROLE_ACTIVATED, 85, "onboarding completed"),
    W(US_ROLE_ACTIVATED, 85, "onboarding finished"),
    W(US_ROLE_ACTIVATED, 80, "setup completed"),
    W(US_ROLE_ACTIVATED, 90, "激活"),
    W(US_ROLE_ACTIVATED, 85, "完成引导"),
    W(US_ROLE_ACTIVATED, 80, "完成设置"),
    W(US_ROLE_ACTIVATED, 0, "seat"),
    W(US_ROLE_ACTIVATED, 0, "license"),
    W(US_ROLE_ACTIVATED, 0, "licence"),
    W(US_ROLE_ACTIVATED, 0, "席位"),
    W(US_ROLE_ACTIVATED, 0, "坐席"),
    W(US_ROLE_ACTIVATED, 0, "deactivated"),

    W(US_ROLE_INVITE, 96, "invite sent"),
    W(US_ROLE_INVITE, 96, "invitation sent"),
    W(US_ROLE_INVITE, 95, "invites sent"),
    W(US_ROLE_INVITE, 93, "user invited"),
    W(US_ROLE_INVITE, 93, "member invited"),
    W(US_ROLE_INVITE, 93, "teammate invited"),
    W(US_ROLE_INVITE, 90, "invited"),
    W(US_ROLE_INVITE, 85, "invite"),
    W(US_ROLE_INVITE, 85, "invitation"),
    W(US_ROLE_INVITE, 95, "发送邀请"),
    W(US_ROLE_INVITE, 95, "邀请成员"),
    W(US_ROLE_INVITE, 90, "邀请"),
    W(US_ROLE_INVITE, -55, "accepted"),
    W(US_ROLE_INVITE, -55, "接受"),
    W(US_ROLE_INVITE, 0, "declined"),
    W(US_ROLE_INVITE, 0, "revoked"),
    W(US_ROLE_INVITE, 0, "expired"),
    W(US_ROLE_INVITE, 0, "deleted"),
    W(US_ROLE_INVITE, 0, "拒绝"),
    W(US_ROLE_INVITE, 0, "撤销"),

    W(US_ROLE_SEAT, 96, "seat added"),
    W(US_ROLE_SEAT, 96, "seats added"),
    W(US_ROLE_SEAT, 95, "seat activated"),
    W(US_ROLE_SEAT, 95, "seat purchased"),
    W(US_ROLE_SEAT, 93, "account added user"),
    W(US_ROLE_SEAT, 90, "license assigned"),
    W(US_ROLE_SEAT, 90, "licence assigned"),
    W(US_ROLE_SEAT, 90, "member added"),
    W(US_ROLE_SEAT, 90, "members added"),
    W(US_ROLE_SEAT, 88, "user added"),
    W(US_ROLE_SEAT, 88, "teammate added"),
    W(US_ROLE_SEAT, 85, "member joined"),
    W(US_ROLE_SEAT, 85, "user joined"),
    W(US_ROLE_SEAT, 85, "joined team"),
    W(US_ROLE_SEAT, 80, "seat"),
    W(US_ROLE_SEAT, 80, "seats"),
    W(US_ROLE_SEAT, 60, "invite accepted"),
    W(US_ROLE_SEAT, 60, "invitation accepted"),
    W(US_ROLE_SEAT, 95, "席位"),
    W(US_ROLE_SEAT, 95, "坐席"),
    W(US_ROLE_SEAT, 90, "添加成员"),
    W(US_ROLE_SEAT, 90, "新增成员"),
    W(US_ROLE_SEAT, 88, "成员加入"),
    W(US_ROLE_SEAT, 60, "接受邀请"),
    W(US_ROLE_SEAT, 0, "removed"),
    W(US_ROLE_SEAT, 0, "deactivated"),
    W(US_ROLE_SEAT, 0, "limit"),
    W(US_ROLE_SEAT, 0, "移除"),
    W(US_ROLE_SEAT, 0, "删除"),

    W(US_ROLE_LIMIT, 96, "limit reached"),
    W(US_ROLE_LIMIT, 96, "limit exceeded"),
    W(US_ROLE_LIMIT, 95, "limit hit"),
    W(US_ROLE_LIMIT, 95, "hit limit"),
    W(US_ROLE_LIMIT, 95, "reached limit"),
    W(US_ROLE_LIMIT, 95, "quota exceeded"),
    W(US_ROLE_LIMIT, 95, "quota reached"),
    W(US_ROLE_LIMIT, 88, "limit"),
    W(US_ROLE_LIMIT, 88, "quota"),
    W(US_ROLE_LIMIT, 80, "exceeded"),
    W(US_ROLE_LIMIT, 80, "paywall"),
    W(US_ROLE_LIMIT, 65, "upgrade prompt"),
    W(US_ROLE_LIMIT, 95, "上限"),
    W(US_ROLE_LIMIT, 95, "超限"),
    W(US_ROLE_LIMIT, 92, "限额"),
    W(US_ROLE_LIMIT, 90, "配额"),
    W(US_ROLE_LIMIT, 90, "额度"),
    W(US_ROLE_LIMIT, 0, "raised"),
    W(US_ROLE_LIMIT, 0, "increased"),
    W(US_ROLE_LIMIT, -55, "rate limit"),

    W(US_ROLE_PRICING, 96, "pricing viewed"),
    W(US_ROLE_PRICING, 96, "pricing page viewed"),
    W(US_ROLE_PRICING, 96, "viewed pricing"),
    W(US_ROLE_PRICING, 92, "pricing"),
    W(US_ROLE_PRICING, 92, "plans viewed"),
    W(US_ROLE_PRICING, 90, "plans page"),
    W(US_ROLE_PRICING, 90, "plan comparison"),
    W(US_ROLE_PRICING, 80, "upgrade page viewed"),
    W(US_ROLE_PRICING, 95, "价格页"),
    W(US_ROLE_PRICING, 93, "定价"),
    W(US_ROLE_PRICING, 92, "查看价格"),
    W(US_ROLE_PRICING, 92, "查看套餐"),
    W(US_ROLE_PRICING, 90, "套餐页"),

    W(US_ROLE_CHECKOUT, 97, "checkout started"),
    W(US_ROLE_CHECKOUT, 95, "begin checkout"),
    W(US_ROLE_CHECKOUT, 95, "started checkout"),
    W(US_ROLE_CHECKOUT, 92, "purchase started"),
    W(US_ROLE_CHECKOUT, 92, "payment started"),
    W(US_ROLE_CHECKOUT, 85, "checkout"),
    W(US_ROLE_CHECKOUT, 80, "upgrade started"),
    W(US_ROLE_CHECKOUT, 78, "upgrade clicked"),
    W(US_ROLE_CHECKOUT, 60, "payment method added"),
    W(US_ROLE_CHECKOUT, 95, "发起付款"),
    W(US_ROLE_CHECKOUT, 95, "开始付款"),
    W(US_ROLE_CHECKOUT, 93, "发起支付"),
    W(US_ROLE_CHECKOUT, 92, "去支付"),
    W(US_ROLE_CHECKOUT, 90, "结算"),
    W(US_ROLE_CHECKOUT, 90, "提交订单"),
    W(US_ROLE_CHECKOUT, 85, "下单"),
    W(US_ROLE_CHECKOUT, 75, "付款"),
    W(US_ROLE_CHECKOUT, 75, "支付"),
    W(US_ROLE_CHECKOUT, 0, "completed"),
    W(US_ROLE_CHECKOUT, 0, "succeeded"),
    W(US_ROLE_CHECKOUT, 0, "成功"),
    W(US_ROLE_CHECKOUT, 0, "完成"),

    W(US_ROLE_HAND_RAISE, 97, "contact sales"),
    W(US_ROLE_HAND_RAISE, 97, "talk to sales"),
    W(US_ROLE_HAND_RAISE, 95, "demo requested"),
    W(US_ROLE_HAND_RAISE, 95, "demo request"),
    W(US_ROLE_HAND_RAISE, 95, "request demo"),
    W(US_ROLE_HAND_RAISE, 95, "requested demo"),
    W(US_ROLE_HAND_RAISE, 95, "request a demo"),
    W(US_ROLE_HAND_RAISE, 93, "book demo"),
    W(US_ROLE_HAND_RAISE, 93, "quote requested"),
    W(US_ROLE_HAND_RAISE, 93, "request a quote"),
    W(US_ROLE_HAND_RAISE, 93, "sales contacted"),
    W(US_ROLE_HAND_RAISE, 90, "enterprise inquiry"),
    W(US_ROLE_HAND_RAISE, 80, "demo booked"),
    W(US_ROLE_HAND_RAISE, 97, "联系销售"),
    W(US_ROLE_HAND_RAISE, 95, "预约演示"),
    W(US_ROLE_HAND_RAISE, 95, "申请演示"),
    W(US_ROLE_HAND_RAISE, 93, "咨询销售"),
    W(US_ROLE_HAND_RAISE, 92, "索取报价"),
    W(US_ROLE_HAND_RAISE, -40, "viewed"),

    W(US_MEANS_BOUGHT, 96, "payment succeeded"),
    W(US_MEANS_BOUGHT, 95, "subscription started"),
    W(US_MEANS_BOUGHT, 95, "subscription created"),
    W(US_MEANS_BOUGHT, 95, "plan upgraded"),
    W(US_MEANS_BOUGHT, 95, "purchase completed"),
    W(US_MEANS_BOUGHT, 95, "checkout completed"),
    W(US_MEANS_BOUGHT, 93, "order completed"),
    W(US_MEANS_BOUGHT, 92, "invoice paid"),
    W(US_MEANS_BOUGHT, 90, "purchased"),
    W(US_MEANS_BOUGHT, 88, "upgraded"),
    W(US_MEANS_BOUGHT, 95, "支付成功"),
    W(US_MEANS_BOUGHT, 95, "付款成功"),
    W(US_MEANS_BOUGHT, 92, "完成付款"),
    W(US_MEANS_BOUGHT, 92, "订单完成"),
    W(US_MEANS_BOUGHT, 90, "升级"),
    W(US_MEANS_BOUGHT, 88, "购买"),
    W(US_MEANS_BOUGHT, 0, "seat"),
    W(US_MEANS_BOUGHT, 0, "clicked"),
    W(US_MEANS_BOUGHT, 0, "viewed"),
    W(US_MEANS_BOUGHT, 0, "提示"),

    W(US_MEANS_CANCELLED, 96, "cancellation requested"),
    W(US_MEANS_CANCELLED, 95, "subscription cancelled"),
    W(US_MEANS_CANCELLED, 95, "subscription canceled"),
    W(US_MEANS_CANCELLED, 92, "account deleted"),
    W(US_MEANS_CANCELLED, 90, "churned"),
    W(US_MEANS_CANCELLED, 85, "cancellation"),
    W(US_MEANS_CANCELLED, 95, "取消订阅"),
    W(US_MEANS_CANCELLED, 92, "注销"),
    W(US_MEANS_CANCELLED, 90, "退订"),

    W(US_MEANS_SECURITY, 96, "sso"),
    W(US_MEANS_SECURITY, 96, "saml"),
    W(US_MEANS_SECURITY, 92, "scim"),
    W(US_MEANS_SECURITY, 85, "audit log"),
    W(US_MEANS_SECURITY, 92, "单点登录"),

    W(US_MEANS_PASSIVE, 100, "viewed"),
    W(US_MEANS_PASSIVE, 100, "view"),
    W(US_MEANS_PASSIVE, 100, "opened"),
    W(US_MEANS_PASSIVE, 100, "clicked"),
    W(US_MEANS_PASSIVE, 100, "login"),
    W(US_MEANS_PASSIVE, 100, "logged in"),
    W(US_MEANS_PASSIVE, 100, "log in"),
    W(US_MEANS_PASSIVE, 100, "logout"),
    W(US_MEANS_PASSIVE, 100, "logged out"),
    W(US_MEANS_PASSIVE, 100, "signed in"),
    W(US_MEANS_PASSIVE, 100, "signed out"),
    W(US_MEANS_PASSIVE, 100, "session"),
    W(US_MEANS_PASSIVE, 100, "pageview"),
    W(US_MEANS_PASSIVE, 100, "pageleave"),
    W(US_MEANS_PASSIVE, 100, "autocapture"),
    W(US_MEANS_PASSIVE, 100, "heartbeat"),
    W(US_MEANS_PASSIVE, 100, "tour"),
    W(US_MEANS_PASSIVE, 100, "notification"),
    W(US_MEANS_PASSIVE, 100, "trial"),
    W(US_MEANS_PASSIVE, 100, "missed"),
    W(US_MEANS_PASSIVE, 100, "search"),
    W(US_MEANS_PASSIVE, 100, "searched"),
    W(US_MEANS_PASSIVE, 100, "settings"),
    W(US_MEANS_PASSIVE, 100, "搜索"),
    W(US_MEANS_PASSIVE, 100, "设置"),
    W(US_MEANS_PASSIVE, 100, "returned"),
    W(US_MEANS_PASSIVE, 100, "浏览"),
    W(US_MEANS_PASSIVE, 100, "查看"),
    W(US_MEANS_PASSIVE, 100, "登录"),
    W(US_MEANS_PASSIVE, 100, "登出"),
    W(US_MEANS_PASSIVE, 100, "点击"),
    W(US_MEANS_PASSIVE, 100, "打开"),
    W(US_MEANS_PASSIVE, 100, "试用"),

    /* What went wrong is no sign of anything but trouble. */
    W(ANY, 0, "failed"),
    W(ANY, 0, "error"),
    W(ANY, 0, "失败"),
    W(ANY, 0, "错误"),
#undef W
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

us_str us_role_words(us_str name, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, WORDS_BYTES_MAX);
    us_buf_char(&out, ' ');
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = is_upper(c) || is_lower_or_digit(c) || (unsigned char)c >= 0x80;
        bool hump = is_upper(c) && i > 0 && is_lower_or_digit(name.ptr[i - 1]);
        bool blank = out.ptr[out.len - 1] == ' ';
        if (!blank && (!letter || hump)) us_buf_char(&out, ' ');
        if (letter && is_upper(c)) c = (char)(c - 'A' + 'a');
        if (letter) us_buf_char(&out, c);
    }
    if (out.ptr[out.len - 1] != ' ') us_buf_char(&out, ' ');
    return us_buf_str(&out);
}

static bool holds(us_str text, us_str word)
{
    bool chinese = (unsigned char)word.ptr[0] >= 0x80;
    while (text.len >= word.len) {
        size_t at = us_str_find(text, word);
        if (at == text.len) return false;
        if (chinese) return true;
        if (text.ptr[at - 1] == ' ' && text.ptr[at + word.len] == ' ') return true;
        text = us_str_slice(text, at + 1, text.len);
    }
    return false;
}

/* Each further word makes it a little less likely that the name is about this. */
static double spare_words(us_str text, us_str word)
{
    int blanks = -1;
    for (size_t i = 0; i < text.len; i++)
        blanks += text.ptr[i] == ' ';
    for (size_t i = 0; i < word.len; i++)
        blanks -= word.ptr[i] == ' ';
    return blanks > 1 ? 0.02 * (blanks - 1) : 0;
}

static bool spec_says(us_str event, int meaning)
{
    if (meaning >= US_ROLES) return false;
    us_str role = us_semantic_role(event);
    return us_str_eq(role, us_str_c(us_role_key((us_role)meaning)));
}

double us_role_name(us_str event, int meaning, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    us_str text = us_role_words(us_str_slice(event, 0, US_NAME_BYTES_MAX), a);
    double best = spec_says(event, meaning) ? 0.98 : 0;
    double most = 1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const struct word *w = &words[i];
        if ((w->meaning != meaning && w->meaning != ANY) || !holds(text, w->text))
            continue;
        double says = w->percent / 100.0;
        if (w->percent <= 0)
            most = -says < most ? -says : most;
        else if (says - spare_words(text, w->text) > best)
            best = says - spare_words(text, w->text);
    }
    us_arena_pop(a, mark);
    return best < most ? best : most;
}

bool us_role_is_work(us_str event, struct us_arena *a)
{
    if (us_str_has_prefix(event, US_S("$"))) return false; /* a client's own */
    return us_role_name(event, US_MEANS_PASSIVE, a) == 0;
}

bool us_role_is_usable(us_str event, struct us_arena *a)
{
    if (!us_role_is_work(event, a)) return false;
    for (int meaning = 0; meaning < US_MEANINGS; meaning++) {
        bool of_use = meaning == US_ROLE_ACTIVATED || meaning == US_MEANS_BOUGHT;
        if (!of_use && us_role_name(event, meaning, a) > 0) return false;
    }
    return true;
}
