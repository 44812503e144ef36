//! What is forecast: classical series, whose numbers are facts that anybody may repeat, and made ones.

/// A series with what is asked of it.
pub(crate) struct Case {
    /// What it is.
    pub(crate) name: &'static str,
    /// The values.
    pub(crate) values: Vec<f64>,
    /// The seasons that its frequency allows.
    pub(crate) seasons: Vec<usize>,
    /// Values ahead.
    pub(crate) horizon: usize,
}

// International airline passengers in thousands, monthly, 1949 to 1960.
const PASSENGERS: [u32; 144] = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158,
    133, 114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218,
    230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235,
    227, 234, 264, 302, 293, 259, 229, 203, 229, 242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
    284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306, 315, 301, 356, 348, 355, 422, 465, 467, 404,
    347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337, 360, 342, 406, 396, 420, 472,
    548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
];

// Deaths from lung diseases in the United Kingdom, monthly, 1974 to 1979.
const DEATHS: [u32; 72] = [
    3035, 2552, 2704, 2554, 2014, 1655, 1721, 1524, 1596, 2074, 2199, 2512, 2933, 2889, 2938, 2497, 1870,
    1726, 1607, 1545, 1396, 1787, 2076, 2837, 2787, 3891, 3179, 2011, 1636, 1580, 1489, 1300, 1356, 1653,
    2013, 2823, 3102, 2294, 2385, 2444, 1748, 1554, 1498, 1361, 1346, 1564, 1640, 2293, 2815, 3137, 2679,
    1969, 1870, 1633, 1529, 1366, 1357, 1570, 1535, 2491, 3084, 2605, 2573, 2143, 1693, 1504, 1461, 1354,
    1333, 1492, 1781, 1915,
];

// The flow of the Nile at Aswan in 10^8 cubic metres, yearly, 1871 to 1970.
const NILE: [u32; 100] = [
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958,
    1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020,
    1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796,
    1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874,
    848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718,
    714, 740,
];

/// Every series.
pub(crate) fn all() -> Vec<Case> {
    let numbers = |list: &[u32]| list.iter().copied().map(f64::from).collect();
    let case = |name, values, seasons: &[usize], horizon| Case {
        name,
        values,
        seasons: seasons.to_vec(),
        horizon,
    };
    vec![
        case("passengers of airlines, monthly", numbers(&PASSENGERS), &[12], 12),
        case("deaths from lung diseases, monthly", numbers(&DEATHS), &[12], 6),
        case("flow of the Nile, yearly", numbers(&NILE), &[], 6),
        case(
            "made: weekly season and trend",
            made(140, 1, |at| wave(at, 7.0) * 10.0 + at as f64 * 0.3, 2.0),
            &[7],
            14,
        ),
        case(
            "made: four weeks only",
            made(28 + 12, 2, |at| wave(at, 7.0) * 10.0 + 50.0, 2.0),
            &[7],
            3,
        ),
        case("made: hours, days and weeks", hourly(1_500, 3), &[24, 168], 48),
        case(
            "made: noise about a level",
            made(120, 4, |_| 100.0, 10.0),
            &[12],
            12,
        ),
        case("made: random walk", walk(200, 5), &[7], 7),
        case(
            "made: growth with growing season",
            made(
                96,
                6,
                |at| 50.0 * 1.02f64.powi(at as i32) * (1.0 + 0.3 * wave(at, 12.0)),
                3.0,
            ),
            &[12],
            12,
        ),
        case(
            "made: quarters with a break",
            made(
                60,
                7,
                |at| wave(at, 4.0) * 5.0 + if at > 30 { 60.0 } else { 20.0 },
                2.0,
            ),
            &[4],
            4,
        ),
    ]
}

/// Hours with a day, a week and noise.
pub(crate) fn hourly(rows: usize, seed: u64) -> Vec<f64> {
    made(
        rows,
        seed,
        |at| 100.0 + 20.0 * wave(at, 24.0) + 10.0 * wave(at, 168.0),
        4.0,
    )
}

fn made(rows: usize, seed: u64, value: impl Fn(usize) -> f64, noise: f64) -> Vec<f64> {
    (0..rows).map(|at| value(at) + noise * chance(seed, at)).collect()
}

fn walk(rows: usize, seed: u64) -> Vec<f64> {
    let mut place = 100.0;
    (0..rows)
        .map(|at| {
            place += chance(seed, at);
            place
        })
        .collect()
}

fn wave(at: usize, period: f64) -> f64 {
    (at as f64 * std::f64::consts::TAU / period).sin()
}

// Nearly normal, mean zero, deviation one: twelve uniform numbers less six.
fn chance(seed: u64, at: usize) -> f64 {
    let mut state =
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (at as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
    let mut sum = -6.0;
    for _ in 0..12 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        sum += ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
    }
    sum
}
