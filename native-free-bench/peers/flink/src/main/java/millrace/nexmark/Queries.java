package millrace.nexmark;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The queries in SQL: for each the columns of its sink and what is inserted. All but q6, which SQL cannot say (see SellerMeans). */
final class Queries {
  /** A query: what the sink is, and what goes into it. */
  record Query(String sink, String select) {}

  private static final String STATISTICS_COLUMNS =
      "total_bids BIGINT, rank1_bids BIGINT, rank2_bids BIGINT, rank3_bids BIGINT, "
          + "total_bidders BIGINT, rank1_bidders BIGINT, rank2_bidders BIGINT, rank3_bidders BIGINT, "
          + "total_auctions BIGINT, rank1_auctions BIGINT, rank2_auctions BIGINT, rank3_auctions BIGINT";

  private static final String BID_COLUMNS =
      "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, "
          + "dateTime TIMESTAMP(3), extra STRING";

  private static final String ITEM_COLUMNS =
      "itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, "
          + "auction_dateTime TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, "
          + "auction_extra STRING";

  private static final String ITEM =
      "A.itemName, A.description, A.initialBid, A.reserve, A.dateTime, A.expires, A.seller, "
          + "A.category, A.extra";

  /** Auctions with their bids from beginning to end, both inclusive. */
  private static final String VALID_BIDS =
      "FROM auction A, bid B WHERE A.id = B.auction AND B.dateTime BETWEEN A.dateTime AND A.expires";

  /**
   * The highest bid first. Among equals the earliest should win, and by itself does as long as bids arrive in order: Flink 2.2.1 plans
   * a first place by two columns as one that only inserts, and the changes that it emits all the same are never retracted.
   */
  private static final String HIGHEST_FIRST = "ORDER BY B.price DESC";

  /** Winning bids with the auction's id and seller: what q6 begins with. */
  static final String WINNERS =
      "SELECT id, seller, price, dateTime FROM ("
          + "SELECT A.id, A.seller, B.price, B.dateTime, ROW_NUMBER() OVER "
          + "(PARTITION BY A.id, A.seller "
          + HIGHEST_FIRST
          + ") AS place "
          + VALID_BIDS
          + ") WHERE place <= 1";

  private static final Map<String, Query> ALL = new LinkedHashMap<>();

  static {
    add(
        "q0",
        "auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3), extra STRING",
        "SELECT auction, bidder, price, dateTime, extra FROM bid");
    add(
        "q1",
        "auction BIGINT, bidder BIGINT, price DECIMAL(23, 3), dateTime TIMESTAMP(3), extra STRING",
        "SELECT auction, bidder, 0.908 * price, dateTime, extra FROM bid");
    add(
        "q2",
        "auction BIGINT, price BIGINT",
        "SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0");
    add(
        "q3",
        "name STRING, city STRING, state STRING, id BIGINT",
        "SELECT P.name, P.city, P.state, A.id FROM auction A JOIN person P ON A.seller = P.id "
            + "WHERE A.category = 10 AND (P.state = 'OR' OR P.state = 'ID' OR P.state = 'CA')");
    add(
        "q4",
        "category BIGINT, final BIGINT",
        "SELECT category, AVG(final) FROM (SELECT MAX(B.price) AS final, A.category "
            + VALID_BIDS
            + " GROUP BY A.id, A.category) GROUP BY category");
    String hops =
        "FROM TABLE(HOP(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) "
            + "GROUP BY auction, window_start, window_end";
    add(
        "q5",
        "auction BIGINT, num BIGINT",
        "SELECT C.auction, C.num FROM (SELECT auction, COUNT(*) AS num, window_start AS starts, "
            + "window_end AS ends "
            + hops
            + ") C JOIN (SELECT MAX(num) AS most, starts, ends FROM (SELECT COUNT(*) AS num, "
            + "window_start AS starts, window_end AS ends "
            + hops
            + ") GROUP BY starts, ends) M "
            + "ON C.starts = M.starts AND C.ends = M.ends AND C.num >= M.most");
    add(
        "q7",
        "auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3), extra STRING",
        "SELECT B.auction, B.bidder, B.price, B.dateTime, B.extra FROM bid B JOIN ("
            + "SELECT MAX(price) AS most, window_end AS dateTime FROM TABLE("
            + "TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)) "
            + "GROUP BY window_start, window_end) W ON B.price = W.most "
            + "WHERE B.dateTime BETWEEN W.dateTime - INTERVAL '10' SECOND AND W.dateTime");
    add(
        "q8",
        "id BIGINT, name STRING, stime TIMESTAMP(3)",
        "SELECT P.id, P.name, P.starts FROM ("
            + "SELECT id, name, window_start AS starts, window_end AS ends FROM TABLE("
            + "TUMBLE(TABLE person, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)) "
            + "GROUP BY id, name, window_start, window_end) P JOIN ("
            + "SELECT seller, window_start AS starts, window_end AS ends FROM TABLE("
            + "TUMBLE(TABLE auction, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)) "
            + "GROUP BY seller, window_start, window_end) A "
            + "ON P.id = A.seller AND P.starts = A.starts AND P.ends = A.ends");
    add(
        "q9",
        "id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, "
            + "dateTime TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, "
            + "extra STRING, auction BIGINT, bidder BIGINT, price BIGINT, "
            + "bid_dateTime TIMESTAMP(3), bid_extra STRING",
        "SELECT id, itemName, description, initialBid, reserve, dateTime, expires, seller, category, "
            + "extra, auction, bidder, price, bid_dateTime, bid_extra FROM ("
            + "SELECT A.*, B.auction, B.bidder, B.price, B.dateTime AS bid_dateTime, "
            + "B.extra AS bid_extra, ROW_NUMBER() OVER "
            + "(PARTITION BY A.id "
            + HIGHEST_FIRST
            + ") AS place "
            + VALID_BIDS
            + ") WHERE place <= 1");
    add(
        "q10",
        "auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3), extra STRING, "
            + "dt STRING, hm STRING",
        "SELECT auction, bidder, price, dateTime, extra, DATE_FORMAT(dateTime, 'yyyy-MM-dd'), "
            + "DATE_FORMAT(dateTime, 'HH:mm') FROM bid");
    add(
        "q11",
        "bidder BIGINT, bid_count BIGINT, starttime TIMESTAMP(3), endtime TIMESTAMP(3)",
        "SELECT bidder, COUNT(*), SESSION_START(dateTime, INTERVAL '10' SECOND), "
            + "SESSION_END(dateTime, INTERVAL '10' SECOND) FROM bid "
            + "GROUP BY bidder, SESSION(dateTime, INTERVAL '10' SECOND)");
    add(
        "q12",
        "bidder BIGINT, bid_count BIGINT, starttime TIMESTAMP(3), endtime TIMESTAMP(3)",
        "SELECT bidder, COUNT(*), window_start, window_end FROM TABLE("
            + "TUMBLE(TABLE processed_bid, DESCRIPTOR(p_time), INTERVAL '10' SECOND)) "
            + "GROUP BY bidder, window_start, window_end");
    add(
        "q13",
        "auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3), `value` STRING",
        "SELECT B.auction, B.bidder, B.price, B.dateTime, S.`value` FROM processed_bid B "
            + "JOIN side_input FOR SYSTEM_TIME AS OF B.p_time AS S ON MOD(B.auction, 10000) = S.key");
    add(
        "q14",
        "auction BIGINT, bidder BIGINT, price DECIMAL(23, 3), bidTimeType STRING, "
            + "dateTime TIMESTAMP(3), extra STRING, c_counts BIGINT",
        "SELECT auction, bidder, 0.908 * price, CASE "
            + "WHEN HOUR(dateTime) >= 8 AND HOUR(dateTime) <= 18 THEN 'dayTime' "
            + "WHEN HOUR(dateTime) <= 6 OR HOUR(dateTime) >= 20 THEN 'nightTime' "
            + "ELSE 'otherTime' END, dateTime, extra, count_char(extra, 'c') FROM bid "
            + "WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000");
    String ranks =
        "COUNT(*) FILTER (WHERE price < 10000), "
            + "COUNT(*) FILTER (WHERE price >= 10000 AND price < 1000000), "
            + "COUNT(*) FILTER (WHERE price >= 1000000)";
    String statistics =
        "COUNT(*), "
            + ranks
            + ", COUNT(DISTINCT bidder), "
            + ranks.replace("COUNT(*)", "COUNT(DISTINCT bidder)")
            + ", COUNT(DISTINCT auction), "
            + ranks.replace("COUNT(*)", "COUNT(DISTINCT auction)");
    String day = "DATE_FORMAT(dateTime, 'yyyy-MM-dd')";
    add(
        "q15",
        "`day` STRING, " + STATISTICS_COLUMNS,
        "SELECT " + day + ", " + statistics + " FROM bid GROUP BY " + day);
    add(
        "q16",
        "channel STRING, `day` STRING, `minute` STRING, " + STATISTICS_COLUMNS,
        "SELECT channel, "
            + day
            + ", MAX(DATE_FORMAT(dateTime, 'HH:mm')), "
            + statistics
            + " FROM bid GROUP BY channel, "
            + day);
    add(
        "q17",
        "auction BIGINT, `day` STRING, total_bids BIGINT, rank1_bids BIGINT, rank2_bids BIGINT, "
            + "rank3_bids BIGINT, min_price BIGINT, max_price BIGINT, avg_price BIGINT, "
            + "sum_price BIGINT",
        "SELECT auction, "
            + day
            + ", COUNT(*), "
            + ranks
            + ", MIN(price), MAX(price), AVG(price), SUM(price) FROM bid GROUP BY auction, "
            + day);
    add(
        "q18",
        BID_COLUMNS,
        "SELECT auction, bidder, price, channel, url, dateTime, extra FROM (SELECT *, ROW_NUMBER() "
            + "OVER (PARTITION BY bidder, auction ORDER BY dateTime DESC) AS place FROM bid) "
            + "WHERE place <= 1");
    add(
        "q19",
        BID_COLUMNS + ", rank_number BIGINT",
        "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) "
            + "AS place FROM bid) WHERE place <= 10");
    add(
        "q20",
        BID_COLUMNS + ", " + ITEM_COLUMNS,
        "SELECT B.auction, B.bidder, B.price, B.channel, B.url, B.dateTime, B.extra, "
            + ITEM
            + " FROM bid B JOIN auction A ON B.auction = A.id WHERE A.category = 10");
    String channelId = "REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2)";
    add(
        "q21",
        "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, channel_id STRING",
        "SELECT auction, bidder, price, channel, CASE WHEN LOWER(channel) = 'apple' THEN '0' "
            + "WHEN LOWER(channel) = 'google' THEN '1' WHEN LOWER(channel) = 'facebook' THEN '2' "
            + "WHEN LOWER(channel) = 'baidu' THEN '3' ELSE "
            + channelId
            + " END FROM bid WHERE "
            + channelId
            + " IS NOT NULL OR LOWER(channel) IN ('apple', 'google', 'facebook', 'baidu')");
    add(
        "q22",
        "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, dir1 STRING, dir2 STRING, "
            + "dir3 STRING",
        "SELECT auction, bidder, price, channel, SPLIT_INDEX(url, '/', 3), "
            + "SPLIT_INDEX(url, '/', 4), SPLIT_INDEX(url, '/', 5) FROM bid");
    add(
        "q23",
        "bidder BIGINT, price BIGINT, channel STRING, url STRING, bid_extra STRING, "
            + "person_id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, "
            + "state STRING, person_extra STRING, "
            + ITEM_COLUMNS,
        "SELECT B.bidder, B.price, B.channel, B.url, B.extra, P.id, P.name, P.emailAddress, "
            + "P.creditCard, P.city, P.state, P.extra, "
            + ITEM
            + " FROM bid B JOIN person P ON P.id = B.bidder JOIN auction A ON A.seller = B.bidder");
  }

  private static final Set<String> OF_ALL_KINDS =
      Set.of("q3", "q4", "q6", "q8", "q9", "q20", "q23");

  private Queries() {}

  static boolean exists(String name) {
    return name.equals("q6") || ALL.containsKey(name);
  }

  static Query of(String name) {
    return ALL.get(name);
  }

  /** Whether the query reads nothing but bids. */
  static boolean readsBidsOnly(String name) {
    return !OF_ALL_KINDS.contains(name);
  }

  private static void add(String name, String sink, String select) {
    ALL.put(name, new Query(sink, select));
  }
}
