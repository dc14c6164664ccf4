//! Every sentence of the storefront, in English and Chinese.

use super::word_table;

word_table! {
    /// The storefront's words.
    Words {
        // The frame.
        skip: "Skip to the content", "跳到正文";
        menu: "Your shop", "主菜单";
        crumbs: "You are here", "当前位置";
        search: "Search", "搜索";
        search_label: "Search the shop", "搜索商品";
        search_hint: "Kettle, lamp, tea …", "水壶、台灯、茶……";
        cart: "Cart", "购物车";
        orders: "Orders", "订单";
        console: "Console", "控制台";
        language: "Language", "语言";
        theme: "Colours", "配色";
        theme_auto: "Auto", "自动";
        theme_light: "Light", "浅色";
        theme_dark: "Dark", "深色";
        motto: "Every order reaches its right end.", "每一笔订单，都有始有终。";
        reminder_label: "Waiting for payment", "待支付提醒";
        reminder_before: "An order of yours waits for its payment. Time left:", "您有一笔订单等待支付，剩余时间：";
        reminder_others: "and {0} more", "另有 {0} 笔";
        pay_now: "Pay now", "去支付";
        to_shop: "To the shop", "返回商城";
        try_again: "Try again", "重试";

        // Why there is no page.
        sorry_not_found: "There is nothing here", "这里什么也没有";
        sorry_not_found_text: "The page was moved, or it never was. What you are looking for may be a search away.", "页面可能已移走，或从未存在。不妨搜索一下您要找的内容。";
        sorry_forbidden: "This page is not for you", "您无权查看此页";
        sorry_forbidden_text: "It belongs to somebody else, or to the people who run the shop. If it should be yours, log in with another account.", "此页属于其他人或商城工作人员。如应归您所有，请换用其他账户登录。";
        sorry_form: "This form is out of date", "表单已失效";
        sorry_form_text: "It was not made for you, or was open for too long; nothing was changed. Open the page again and send it once more.", "该表单并非为您生成，或打开时间过长；未做任何更改。请重新打开页面后再提交。";
        sorry_too_many: "A little slower, please", "请稍慢一些";
        sorry_too_many_text: "There were too many requests; nothing was changed. Please try again in {0} s.", "请求过于频繁，未做任何更改。请在 {0} 秒后重试。";
        sorry_unavailable: "One moment, please", "请稍候";
        sorry_unavailable_text: "A part of the shop does not answer right now. Nothing is lost; please try again in a moment.", "商城的部分服务暂时没有响应。数据不会丢失，请稍后重试。";
        sorry_told: "That did not work", "操作未成功";
        sorry_internal: "Something went wrong on our side", "我们这边出了点问题";
        sorry_internal_text: "It was recorded, and nothing of yours is lost.", "问题已记录，您的数据不会丢失。";
        sorry_reference: "Reference:", "参考编号：";

        // Home and search.
        home_title: "Good things, unhurried", "好物，从容";
        home_crumb: "Shop", "商城";
        hero: "Good things, unhurried.", "好物，从容。";
        hero_text: "Take your time: what you order is held for you until you pay, and nothing is taken twice.", "慢慢挑选：下单后商品为您保留至付款，绝不重复扣款。";
        categories: "Categories", "商品分类";
        shelf_liked: "Bought most", "热销好物";
        see_all_liked: "See all that is bought most", "查看全部热销";
        shelf_fresh: "Just in", "新品上架";
        see_all_fresh: "See all that is new", "查看全部新品";
        nothing_yet: "The shelves are still empty", "货架还空着";
        nothing_yet_text: "Nothing is on sale yet. Come back soon.", "暂无在售商品，敬请期待。";
        search_all: "All things", "全部商品";
        search_count: "{0} found", "共 {0} 件";
        sort: "Sort by", "排序";
        sort_newest: "Newest", "最新";
        sort_liked: "Bought most", "销量";
        sort_cheapest: "Cheapest", "价格从低到高";
        sort_dearest: "Dearest", "价格从高到低";
        filters: "Filters", "筛选";
        price_range: "Price in yuan", "价格（元）";
        price_from: "Lowest price in yuan", "最低价（元）";
        price_from_short: "from", "最低";
        price_to: "Highest price in yuan", "最高价（元）";
        price_to_short: "to", "最高";
        apply: "Apply", "确定";
        category: "Category", "分类";
        brand: "Brand", "品牌";
        clear_filters: "Clear the filters", "清除筛选";
        results: "Results", "搜索结果";
        nothing_found: "Nothing fits", "没有找到";
        nothing_found_text: "Try fewer or other words, or a wider range of prices.", "试试更少或不同的关键词，或放宽价格范围。";
        pages: "Pages", "分页";
        page_before: "Previous", "上一页";
        page_after: "Next", "下一页";
        few_left: "only {0} left", "仅剩 {0} 件";
        sold_out: "sold out", "已售罄";
        off_sale: "not on sale", "已下架";

        // Coming and going.
        login: "Log in", "登录";
        login_needed: "Please log in to go on.", "请先登录，再继续操作。";
        login_ran_out: "Your login has run out. Please log in again to go on.", "登录已过期，请重新登录后继续。";
        register: "Register", "注册";
        no_account: "New here?", "还没有账户？";
        have_account: "Already have an account?", "已有账户？";
        username: "User name", "用户名";
        password: "Password", "密码";
        password_hint: "You also pay with it, so choose one that is hard to guess.", "付款时也使用此密码，请选择不易被猜到的密码。";
        logged_out: "You are logged out. See you soon.", "您已退出登录，期待再次光临。";
    }
}
