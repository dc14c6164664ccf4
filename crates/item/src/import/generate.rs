//! Large catalogues out of word lists: varied, believable, and the same for the same seed.

use model::{Cents, ItemId};

use crate::catalogue::{Draft, Status};
use crate::pictures;
use crate::store::Row;

/// The id of the first generated item; demo catalogues stay below.
const FIRST_ID: u64 = 1_000_000_000;

/// One kind of thing: category, what it is called, who makes it, and the usual price in yuan.
struct Kind {
    category: &'static str,
    nouns: &'static [&'static str],
    brands: &'static [&'static str],
    price: (u64, u64),
}

const KINDS: [Kind; 12] = [
    Kind {
        category: "手机",
        nouns: &["5G 手机", "折叠屏手机", "游戏手机", "smartphone"],
        brands: &["云岫 Yunxiu", "星舟 Starboat", "鹿鸣 Luming", "Quillon", "北辰 Polestar", "珩 Heng"],
        price: (899, 9_999),
    },
    Kind {
        category: "笔记本电脑",
        nouns: &["轻薄本", "游戏本", "笔记本电脑", "laptop"],
        brands: &["砚山 Inkhill", "Tarn", "墨羽 Moyu", "Corvid", "青穹 Cyandome"],
        price: (2_999, 19_999),
    },
    Kind {
        category: "耳机",
        nouns: &["降噪耳机", "蓝牙耳机", "头戴式耳机", "earbuds"],
        brands: &["鸣泉 Mingquan", "Larkspur", "空谷 Kongu", "Ember & Co"],
        price: (79, 2_999),
    },
    Kind {
        category: "家用电器",
        nouns: &["电饭煲", "空气炸锅", "扫地机器人", "air purifier"],
        brands: &["灶火 Zaohuo", "暖屋 Nuanwu", "Hearthly", "白樱 Baiying", "石阶 Shijie"],
        price: (129, 4_999),
    },
    Kind {
        category: "牛奶",
        nouns: &["纯牛奶 250ml*24", "低脂牛奶", "高钙奶", "oat milk"],
        brands: &["牧歌 Muge", "晨原 Chenyuan", "Oatfield", "谷雨 Guyu"],
        price: (29, 129),
    },
    Kind {
        category: "拉杆箱",
        nouns: &["拉杆箱 20寸", "登机箱", "行李箱 28寸", "suitcase"],
        brands: &["行者 Xingzhe", "Wayfold", "远岸 Yuanan", "旅雁 Luyan"],
        price: (159, 5_999),
    },
    Kind {
        category: "运动鞋",
        nouns: &["跑步鞋", "篮球鞋", "帆布鞋", "trail shoes"],
        brands: &["疾风 Jifeng", "Fleetwing", "山径 Shanjing", "回廊 Huilang", "Pebble"],
        price: (99, 1_599),
    },
    Kind {
        category: "图书",
        nouns: &["入门到精通", "实战指南", "图解手册", "field guide"],
        brands: &["青灯书房 Qingdeng", "知行社 Zhixing", "Harbour Press", "木石 Mushi"],
        price: (19, 199),
    },
    Kind {
        category: "茶叶",
        nouns: &["龙井 250g", "普洱茶饼", "铁观音", "green tea"],
        brands: &["云雾里 Yunwuli", "春山 Chunshan", "老井 Laojing", "Teastone"],
        price: (39, 1_299),
    },
    Kind {
        category: "护肤品",
        nouns: &["保湿面霜", "精华液 30ml", "防晒霜 SPF50", "face mask"],
        brands: &["素颜记 Suyan", "Dewlight", "月白 Yuebai", "花信 Huaxin"],
        price: (49, 1_499),
    },
    Kind {
        category: "玩具",
        nouns: &["积木 1000 片", "遥控车", "拼图", "plush toy"],
        brands: &["积木镇 Blocktown", "Tumble", "小火车 Xiaohuoche", "纸鸢 Zhiyuan"],
        price: (29, 1_999),
    },
    Kind {
        category: "户外",
        nouns: &["三季帐篷", "保温杯 500ml", "登山包 40L", "camping stove"],
        brands: &["野径 Yejing", "Ridgeline", "篝火 Gouhuo", "松涛 Songtao"],
        price: (59, 2_499),
    },
];
const SERIES: [&str; 12] =
    ["Pro", "Max", "Air", "青春版", "旗舰版", "Lite", "经典款", "Plus", "Ultra", "SE", "典藏版", "Neo"];
const TRAITS: [&str; 10] =
    ["新品", "热卖", "家用", "便携", "学生", "大容量", "轻奢", "节能", "防水", "礼盒装"];
const COLOURS: [&str; 8] = ["曜石黑", "雪域白", "天空蓝", "樱花粉", "松石绿", "香槟金", "深空灰", "珊瑚橙"];

/// `count` items; item `n` depends on `n` and `seed` alone.
pub fn generate(count: u64, seed: u64) -> impl Iterator<Item = Row> + Send {
    (0..count).map(move |number| one(number, seed))
}

fn one(number: u64, seed: u64) -> Row {
    let mut dice = Dice(seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95));
    let kind = &KINDS[dice.below(KINDS.len() as u64)];
    let brand = dice.pick(kind.brands);
    let model = dice.roll() % 900 + 100;
    let (series, noun, feature, colour) =
        (dice.pick(&SERIES), dice.pick(kind.nouns), dice.pick(&TRAITS), dice.pick(&COLOURS));
    let draft = Draft {
        name: format!("{brand} {series} {model} {noun} {feature} {colour}"),
        price: price(&mut dice, kind.price),
        stock: signed(dice.roll() % 2_000),
        image: pictures::DEFAULT.into(),
        category: kind.category.into(),
        brand: brand.into(),
        spec: Some(format!("{{\"颜色\":\"{colour}\",\"型号\":\"{series} {model}\"}}")),
        sold_before: signed(dice.skewed(100_000)),
        comment_count: signed(dice.skewed(20_000)),
        is_ad: dice.one_in(50),
        status: if dice.one_in(50) { Status::OffSale } else { Status::OnSale },
    };
    Row { id: ItemId(FIRST_ID + number), draft }
}

/// Most things are nearer to the lower end; all end in 9 yuan or 90 fen.
fn price(dice: &mut Dice, (low, high): (u64, u64)) -> Cents {
    let yuan = low + dice.skewed(high - low);
    Cents(signed(yuan / 10 * 1_000 + 990))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// splitmix64: small, fast, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> usize {
        usize::try_from(self.roll() % end).unwrap_or(0)
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.roll().is_multiple_of(chances)
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64)]
    }

    /// Below `end`, small numbers more often than large ones.
    fn skewed(&mut self, end: u64) -> u64 {
        let (one, two) = (self.roll() % (end + 1), self.roll() % (end + 1));
        one * two / end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_items_are_valid_varied_and_repeatable() {
        let rows: Vec<Row> = generate(500, 7).collect();
        assert!(rows.iter().all(|row| row.draft.check().is_ok()));
        assert_eq!(rows, generate(500, 7).collect::<Vec<_>>());
        let mut names: Vec<&str> = rows.iter().map(|row| row.draft.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert!(names.len() > 490);
    }
}
