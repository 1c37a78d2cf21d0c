// Set before any date is made: this zone has days of 23 and 25 hours.
process.env.TZ = "Europe/Berlin";

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dayHeading, fullTime, isSameDay, timeOfDay } from "./times.ts";

const at = (iso: string): number => new Date(iso).getTime();
const NOW = at("2025-03-14T12:00");

describe("times", () => {
  it("are written as the reader's language does", () => {
    assert.equal(timeOfDay(at("2025-03-14T14:05"), "de"), "14:05");
    assert.match(timeOfDay(at("2025-03-14T14:05"), "en-US"), /^2:05\sPM$/);
    assert.equal(timeOfDay(at("2025-03-14T14:05"), "ja"), "14:05");
    assert.match(timeOfDay(at("2025-03-14T14:05"), "ar-EG"), /٢:٠٥/);
    assert.match(fullTime(at("2025-03-14T14:05:09"), "de"), /Freitag, 14\. März 2025.*14:05:09/);
  });

  it("have today and yesterday over them, and else the date, with the year where it is another", () => {
    assert.equal(dayHeading(at("2025-03-14T00:00"), NOW, "en-US"), "Today");
    assert.equal(dayHeading(at("2025-03-13T23:59"), NOW, "en-US"), "Yesterday");
    assert.equal(dayHeading(at("2025-03-13T00:00"), NOW, "de"), "Gestern");
    assert.equal(dayHeading(at("2025-03-14T23:59"), NOW, "ja"), "今日");
    assert.equal(dayHeading(at("2025-03-12T23:59"), NOW, "en-US"), "Wednesday, March 12");
    assert.equal(dayHeading(at("2024-12-31T12:00"), NOW, "en-US"), "Tuesday, December 31, 2024");
    assert.equal(dayHeading(at("2024-12-31T12:00"), NOW, "de"), "Dienstag, 31. Dezember 2024");
    assert.notEqual(dayHeading(NOW, NOW, "ar"), "");
  });

  it("of a clock that is ahead have a date, not 'Tomorrow'", () => {
    assert.equal(dayHeading(at("2025-03-15T00:10"), NOW, "en-US"), "Saturday, March 15");
  });

  it("know days of 23 and 25 hours", () => {
    assert.equal(dayHeading(at("2025-03-30T23:30"), at("2025-03-31T10:00"), "en-US"), "Yesterday");
    assert.equal(dayHeading(at("2025-10-26T00:30"), at("2025-10-26T23:30"), "en-US"), "Today");
    assert.ok(isSameDay(at("2025-10-26T00:00"), at("2025-10-26T23:59:59")));
  });

  it("are of the same day just where they have the same date", () => {
    for (let hour = 0; hour < 24 * 40; hour += 5) {
      const [one, other] = [at("2025-10-01T00:30") + hour * 3_600_000, at("2025-10-26T00:15")];
      assert.equal(
        isSameDay(one, other),
        new Date(one).toDateString() === new Date(other).toDateString(),
        `${hour}`,
      );
    }
    assert.ok(!isSameDay(at("2025-01-14T12:00"), at("2025-02-14T12:00")));
  });
});
