package millrace.nexmark;

import java.util.Random;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;

/**
 * The events of Nexmark by Apache Beam's rules: an event is a pure function of its id, drawn from {@code new Random(id)}.
 * The same events as those of {@code native-free-bench/nexmark/generator.ts}.
 */
final class EventGenerator {
  static final int PERSON = 0;
  static final int AUCTION = 1;
  static final int BID = 2;

  private static final long BASE_TIME_MS = 1_436_918_400_000L;
  private static final int EPOCH_EVENTS = 50;
  private static final int FIRST_ID = 1000;
  private static final int HOT_BLOCK = 100;
  private static final int LEAD = 10;
  /** Events until a hundred auctions later. */
  private static final int AUCTION_HORIZON_EVENTS = 1666;

  private final Random random = new Random();
  private final long interEventUs;
  private final int groupSize;

  EventGenerator(int rate, int groupSize) {
    this.interEventUs = Math.round(1e6 / rate);
    this.groupSize = groupSize;
  }

  /** Id of the event with this number: a permutation within groups. */
  long idOf(long number) {
    return number / groupSize * groupSize + number * 953 % groupSize;
  }

  static int kindOf(long id) {
    long within = id % EPOCH_EVENTS;
    return within < 1 ? PERSON : within < 4 ? AUCTION : BID;
  }

  long timeOf(long id) {
    return BASE_TIME_MS + id * interEventUs / 1000;
  }

  /** The row of the kind of this id. */
  GenericRowData row(long id) {
    random.setSeed(id);
    long epoch = id / EPOCH_EVENTS;
    switch (kindOf(id)) {
      case PERSON:
        return person(id, epoch);
      case AUCTION:
        return auction(id, epoch);
      default:
        return bid(id, epoch);
    }
  }

  /** (id, name, emailAddress, creditCard, city, state, dateTime, extra). */
  private GenericRowData person(long id, long epoch) {
    String name =
        Words.FIRST_NAMES[random.nextInt(Words.FIRST_NAMES.length)]
            + ' '
            + Words.LAST_NAMES[random.nextInt(Words.LAST_NAMES.length)];
    String email = Words.words(random, 7, ' ') + '@' + Words.words(random, 5, ' ') + ".com";
    StringBuilder card = new StringBuilder(19);
    for (int group = 0; group < 4; group++) {
      if (group > 0) card.append(' ');
      String digits = Integer.toString(random.nextInt(10_000));
      card.append("0".repeat(4 - digits.length())).append(digits);
    }
    String city = Words.CITIES[random.nextInt(Words.CITIES.length)];
    String state = Words.STATES[random.nextInt(Words.STATES.length)];
    int counted = 8 + name.length() + email.length() + 19 + city.length() + 2;
    return GenericRowData.of(
        FIRST_ID + epoch,
        StringData.fromString(name),
        StringData.fromString(email),
        StringData.fromString(card.toString()),
        StringData.fromString(city),
        StringData.fromString(state),
        TimestampData.fromEpochMillis(timeOf(id)),
        Words.letters(random, 200 - counted));
  }

  /** (id, itemName, description, initialBid, reserve, dateTime, expires, seller, category, extra). */
  private GenericRowData auction(long id, long epoch) {
    long seller = random.nextInt(4) > 0 ? epoch / HOT_BLOCK * HOT_BLOCK : anyPerson(epoch);
    long category = 10 + random.nextInt(5);
    long initialBid = price();
    long time = timeOf(id);
    long horizonMs = timeOf(id + AUCTION_HORIZON_EVENTS) - time;
    long expires = time + 1 + random.nextInt((int) Math.max(2 * horizonMs, 1));
    String itemName = Words.words(random, 20, ' ');
    String description = Words.words(random, 100, ' ');
    long reserve = initialBid + price();
    int counted = 8 + itemName.length() + description.length() + 40;
    return GenericRowData.of(
        FIRST_ID + epoch * 3 + id % EPOCH_EVENTS - 1,
        StringData.fromString(itemName),
        StringData.fromString(description),
        initialBid,
        reserve,
        TimestampData.fromEpochMillis(time),
        TimestampData.fromEpochMillis(expires),
        FIRST_ID + seller,
        category,
        Words.letters(random, 500 - counted));
  }

  /** (auction, bidder, price, channel, url, dateTime, extra). */
  private GenericRowData bid(long id, long epoch) {
    long last = epoch * 3 + 2;
    long auction;
    if (random.nextInt(2) > 0) {
      auction = last / HOT_BLOCK * HOT_BLOCK;
    } else {
      long least = Math.max(last - 100, 0);
      auction = least + random.nextInt((int) (last - least) + 1 + LEAD);
    }
    long bidder = random.nextInt(4) > 0 ? epoch / HOT_BLOCK * HOT_BLOCK + 1 : anyPerson(epoch);
    long price = price();
    int channel =
        random.nextInt(2) > 0
            ? Words.COLD_CHANNELS + random.nextInt(Words.HOT_CHANNELS.length)
            : random.nextInt(Words.COLD_CHANNELS);
    return GenericRowData.of(
        FIRST_ID + auction,
        FIRST_ID + bidder,
        price,
        Words.CHANNEL_NAMES[channel],
        Words.CHANNEL_URLS[channel],
        TimestampData.fromEpochMillis(timeOf(id)),
        Words.letters(random, 100 - 32));
  }

  private long anyPerson(long epoch) {
    long persons = epoch + 1;
    long active = Math.min(persons, 1000);
    return persons - active + random.nextInt((int) active + LEAD);
  }

  private long price() {
    return Math.round(Math.pow(10.0, random.nextDouble() * 6.0) * 100.0);
  }
}
