package millrace.nexmark;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.flink.table.data.StringData;

/** The words that the generator draws from, and the channels that bids come through. */
final class Words {
  static final String[] FIRST_NAMES =
      "Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter".split(" ");
  static final String[] LAST_NAMES =
      "Shultz Abrams Spencer White Bartels Walton Smith Jones Noris".split(" ");
  static final String[] CITIES =
      "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne"
          .split(",");
  static final String[] STATES = "AZ CA ID OR WA WY".split(" ");
  static final String[] HOT_CHANNELS = {"Google", "Facebook", "Baidu", "Apple"};
  static final int COLD_CHANNELS = 10_000;

  /** Names and addresses of the channels, the cold ones first. */
  static final StringData[] CHANNEL_NAMES = new StringData[COLD_CHANNELS + HOT_CHANNELS.length];
  static final StringData[] CHANNEL_URLS = new StringData[CHANNEL_NAMES.length];

  static {
    for (int channel = 0; channel < CHANNEL_NAMES.length; channel++) {
      boolean cold = channel < COLD_CHANNELS;
      CHANNEL_NAMES[channel] =
          text(cold ? "channel-" + channel : HOT_CHANNELS[channel - COLD_CHANNELS]);
      CHANNEL_URLS[channel] = text(url(channel, cold));
    }
  }

  private Words() {}

  private static String url(int channel, boolean cold) {
    Random random = new Random(channel);
    String folders = folder(random) + '/' + folder(random) + '/' + folder(random);
    String url = "https://www.nexmark.com/" + folders + "/item.htm?query=1";
    if (!cold || random.nextInt(10) == 0) return url;
    return url + "&channel_id=" + Math.abs(Integer.reverse(channel));
  }

  /** As bytes, since several threads share it and a text made of a string is encoded when first needed. */
  private static StringData text(String text) {
    return StringData.fromBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String folder(Random random) {
    return words(random, 5, '_');
  }

  /** 3 to longest - 1 characters, a blank for one of thirteen, trimmed of spaces. */
  static String words(Random random, int longest, char blank) {
    int length = 3 + random.nextInt(longest - 3);
    StringBuilder text = new StringBuilder(length);
    while (length-- > 0) {
      text.append(random.nextInt(13) == 0 ? blank : (char) ('a' + random.nextInt(26)));
    }
    return text.toString().trim();
  }

  /** Letters that fill a row of so many bytes more or less, up to six per draw. */
  static StringData letters(Random random, int room) {
    if (room < 0) return StringData.fromString("");
    int delta = (int) Math.round(room * 0.2);
    int length = room - delta + (delta == 0 ? 0 : random.nextInt(2 * delta));
    byte[] letters = new byte[length];
    int drawn = 0;
    for (int i = 0, left = 0; i < length; i++, left--) {
      if (left == 0) {
        drawn = random.nextInt();
        left = 6;
      }
      letters[i] = (byte) ('a' + drawn % 26);
      drawn /= 26;
    }
    return StringData.fromBytes(letters);
  }
}
