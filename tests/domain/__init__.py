"""The pure core: tables of cases, and Hypothesis for parsers, codes, weights and money. Nothing is faked here."""
