// Numbers and times as a language writes them.

export class Figures {
  constructor(language) {
    const locale = language === "fr" ? "fr-FR" : "en-GB";
    this.whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.money = new Intl.NumberFormat(locale, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });
    this.short = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this.long = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
    this.clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  }

  count(number) {
    return number === null ? "–" : this.whole.format(number);
  }

  dollars(number) {
    return this.money.format(number);
  }

  percent(part, all) {
    return all ? this.share.format(part / all) : "–";
  }

  seconds(number) {
    if (number === null) return "–";
    return `${(number < 10 ? this.short : this.long).format(number)}\u00a0s`;
  }

  time(at) {
    return this.clock.format(new Date(at * 1000));
  }
}
