/**
 * The events of Nexmark by Apache Beam's rules: an event is a pure function of its id and the configuration.
 *
 * Laws:
 *  1. Ids, times, numbers and prices are those of Beam's generator, bit for bit.
 *  2. Texts that Beam does not have (channel, url, a bid's extra) are drawn after the numbers, so that they change none.
 *
 * Skew that follows: at any time one auction gets half of the bids, one bidder three quarters of them, one seller three
 * quarters of the auctions.
 */

import { EPOCH_EVENTS, timeOf } from './generator-config.ts';
import type { NexmarkConfig } from './generator-config.ts';
import { drawPrice } from './generator-price.ts';
import { JavaRandom } from './generator-random.ts';
import { EventKind } from './generator-records.ts';
import { ChosenText, RowText } from './generator-texts.ts';
import {
  channelTexts,
  CITIES,
  CITY_TEXTS,
  COLD_CHANNELS,
  FIRST_NAMES,
  HOT_CHANNELS,
  LAST_NAMES,
  STATE_TEXTS,
  STATES,
} from './generator-words.ts';

const FIRST_ID = 1000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
const AUCTIONS_PER_EPOCH = 3;
/** Ids are hot in turn, each for a block of so many. */
const HOT_BLOCK = 100;
/** Ids that do not exist yet are drawn up to so far ahead. */
const LEAD = 10;
const ACTIVE_PERSONS = 1000;
const IN_FLIGHT_AUCTIONS = 100;
/** Events until so many auctions later. */
const AUCTION_HORIZON_EVENTS = Math.floor((IN_FLIGHT_AUCTIONS * EPOCH_EVENTS) / AUCTIONS_PER_EPOCH);
/** Average sizes in bytes, and what of a row counts before `extra`. */
const PERSON_BYTES = 200;
const AUCTION_BYTES = 500;
const BID_BYTES = 100;
const BID_COUNTED_BYTES = 32;

/** Which kind of event has this id. */
export function kindOf(id: number): EventKind {
  const within = id % EPOCH_EVENTS;
  return within < 1 ? EventKind.person : within < 4 ? EventKind.auction : EventKind.bid;
}

/**
 * Holds one event at a time; `load` replaces it. Fields of other kinds keep what they had. Ids are without the base, as
 * columns are with it: a bid's `auction` is 1000 or more.
 */
export class EventGenerator {
  kind: EventKind = EventKind.person;
  dateTime = 0.5;
  /** Of a person or an auction. */
  id = 0;
  firstName = 0;
  lastName = 0;
  city = 0;
  state = 0;
  seller = 0;
  category = 0;
  initialBid = 0;
  reserve = 0;
  expires = 0.5;
  auction = 0;
  bidder = 0;
  price = 0;
  readonly name: RowText = new RowText(32);
  readonly emailAddress: RowText = new RowText(32);
  readonly creditCard: RowText = new RowText(32);
  readonly itemName: RowText = new RowText(32);
  readonly description: RowText = new RowText(128);
  readonly extra: RowText = new RowText(640);
  readonly cities: ChosenText = new ChosenText(CITY_TEXTS);
  readonly states: ChosenText = new ChosenText(STATE_TEXTS);
  readonly channels: ChosenText = new ChosenText(channelTexts());
  readonly urls: ChosenText = new ChosenText(channelTexts());
  readonly #random: JavaRandom = new JavaRandom();
  readonly #interEventUs: number;
  readonly #texts: boolean;

  constructor(config: NexmarkConfig) {
    this.#interEventUs = config.interEventUs;
    this.#texts = config.texts;
  }

  /** Makes the event with this id. */
  load(id: number): void {
    const random = this.#random;
    random.seed(id);
    this.dateTime = timeOf(id, this.#interEventUs);
    const epoch = Math.floor(id / EPOCH_EVENTS) | 0;
    const within = id % EPOCH_EVENTS;
    if (within >= 4) {
      this.kind = EventKind.bid;
      this.#loadBid(random, epoch);
    } else if (within >= 1) {
      this.kind = EventKind.auction;
      this.#loadAuction(random, id, epoch, within - 1);
    } else {
      this.kind = EventKind.person;
      this.#loadPerson(random, epoch);
    }
  }

  #loadBid(random: JavaRandom, epoch: number): void {
    const last = epoch * AUCTIONS_PER_EPOCH + AUCTIONS_PER_EPOCH - 1;
    if (random.below(2) > 0) {
      this.auction = FIRST_ID + last - (last % HOT_BLOCK);
    } else {
      const least = Math.max(last - IN_FLIGHT_AUCTIONS, 0);
      this.auction = FIRST_ID + least + random.below(last - least + 1 + LEAD);
    }
    this.bidder =
      random.below(4) > 0
        ? FIRST_ID + epoch - (epoch % HOT_BLOCK) + 1
        : FIRST_ID + anyPerson(random, epoch);
    this.price = drawPrice(random);
    if (!this.#texts) return;
    const channel =
      random.below(2) > 0
        ? COLD_CHANNELS + random.below(HOT_CHANNELS.length)
        : random.below(COLD_CHANNELS);
    this.channels.choose(2 * channel);
    this.urls.choose(2 * channel + 1);
    this.extra.letters(random, BID_BYTES - BID_COUNTED_BYTES);
  }

  #loadAuction(random: JavaRandom, id: number, epoch: number, index: number): void {
    this.id = FIRST_ID + epoch * AUCTIONS_PER_EPOCH + index;
    this.seller =
      FIRST_ID + (random.below(4) > 0 ? epoch - (epoch % HOT_BLOCK) : anyPerson(random, epoch));
    this.category = FIRST_CATEGORY + random.below(CATEGORIES);
    this.initialBid = drawPrice(random);
    const horizonMs = timeOf(id + AUCTION_HORIZON_EVENTS, this.#interEventUs) - this.dateTime;
    this.expires = this.dateTime + 1 + random.below(Math.max(2 * horizonMs, 1));
    // Drawn even where texts are left out: the reserve comes after them.
    const nameBytes = this.itemName.words(random, 20);
    const descriptionBytes = this.description.words(random, 100);
    this.reserve = this.initialBid + drawPrice(random);
    this.itemName.end(this.#texts ? nameBytes : 0);
    this.description.end(this.#texts ? descriptionBytes : 0);
    if (!this.#texts) return;
    this.extra.letters(random, AUCTION_BYTES - (8 + nameBytes + descriptionBytes + 40));
  }

  #loadPerson(random: JavaRandom, epoch: number): void {
    this.id = FIRST_ID + epoch;
    this.firstName = random.below(FIRST_NAMES.length);
    this.lastName = random.below(LAST_NAMES.length);
    const emailBytes = drawEmail(random, this.emailAddress);
    drawCard(random, this.creditCard);
    this.city = random.below(CITIES.length);
    this.state = random.below(STATES.length);
    this.cities.choose(this.city);
    this.states.choose(this.state);
    if (!this.#texts) return this.#emptyPerson();
    const name = `${FIRST_NAMES[this.firstName]} ${LAST_NAMES[this.lastName]}`;
    this.name.set(name);
    const city = CITIES[this.city]!.length;
    const counted = 8 + name.length + emailBytes + 19 + city + 2;
    this.extra.letters(random, PERSON_BYTES - counted);
  }

  #emptyPerson(): void {
    this.emailAddress.end(0);
    this.creditCard.end(0);
  }
}

/** A person among the last thousand, or one of the ten to come. */
function anyPerson(random: JavaRandom, epoch: number): number {
  const persons = epoch + 1;
  const active = Math.min(persons, ACTIVE_PERSONS);
  return persons - active + random.below(active + LEAD);
}

/** `<text>@<text>.com`; returns its bytes. */
function drawEmail(random: JavaRandom, email: RowText): number {
  let at = email.words(random, 7);
  email.put(at++, 64);
  at = email.words(random, 5, at);
  for (const byte of DOT_COM) email.put(at++, byte);
  email.end(at);
  return at;
}

const DOT_COM = Uint8Array.from('.com', (c) => c.charCodeAt(0));

/** `dddd dddd dddd dddd`. */
function drawCard(random: JavaRandom, card: RowText): void {
  for (let group = 0; group < 4; group++) {
    const digits = random.below(10_000);
    const at = 5 * group;
    card.put(at, 48 + Math.floor(digits / 1000));
    card.put(at + 1, 48 + (Math.floor(digits / 100) % 10));
    card.put(at + 2, 48 + (Math.floor(digits / 10) % 10));
    card.put(at + 3, 48 + (digits % 10));
    if (group < 3) card.put(at + 4, 32);
  }
  card.end(19);
}
