import type { Rate } from '../../api/indicators.js';
import { longMonth, shortMonth } from '../../words/dates.js';
import { percent } from '../../words/numbers.js';

const good = '#1c7c4a';
const behind = '#2a6bb3';
const line = '#b3261e';

/** A rate as a bar with its target as a mark; the numbers stand beside it in words. */
export function RateBar({ rate, target }: { readonly rate: number | null; readonly target: number | null }) {
  const reached = rate !== null && target !== null && rate >= target;
  return (
    <svg className="rate-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect x="0" y="1" width="100" height="6" fill="#e6ecef" />
      <rect x="0" y="1" width={rate ?? 0} height="6" fill={reached ? good : behind} />
      {target !== null && <rect x={target - 0.4} y="0" width="0.8" height="8" fill={line} />}
    </svg>
  );
}

const WIDTH = 900;
const HEIGHT = 190;
const LEFT = 46;
const BOTTOM = 26;
const TOP = 18;

/** One bar a month; a month without stays has none. */
export function MonthBars({ months, target }: { readonly months: readonly Rate[]; readonly target: number | null }) {
  const step = (WIDTH - LEFT) / Math.max(1, months.length);
  const y = (value: number) => HEIGHT - BOTTOM - (value / 100) * (HEIGHT - BOTTOM - TOP);
  const label = `Taux de ${longMonth(months[0]?.from ?? '')} à ${longMonth(months.at(-1)?.from ?? '')} ; le tableau suivant dit les mêmes nombres.`;
  return (
    <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {[0, 25, 50, 75, 100].map((value) => (
        <g key={value}>
          <line x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} stroke="#e3e9ed" />
          <text x={LEFT - 8} y={y(value) + 4} textAnchor="end" fontSize="11" fill="#52606b">
            {value} %
          </text>
        </g>
      ))}
      {target !== null && (
        <>
          <line
            x1={LEFT}
            x2={WIDTH}
            y1={y(target)}
            y2={y(target)}
            stroke={line}
            strokeDasharray="5 4"
            strokeWidth="1.4"
          />
          <text x={LEFT + 4} y={y(target) - 5} fontSize="11" fill={line}>
            cible {target} %
          </text>
        </>
      )}
      {months.map((month, index) => (
        <g key={month.from}>
          {month.rate !== null && (
            <>
              <rect
                x={LEFT + index * step + step * 0.2}
                width={step * 0.6}
                y={y(month.rate)}
                height={y(0) - y(month.rate)}
                rx="2"
                fill={target !== null && month.rate >= target ? good : behind}
              />
              <text
                x={LEFT + (index + 0.5) * step}
                y={y(month.rate) - 5}
                textAnchor="middle"
                fontSize="11"
                fill="#17252e"
                stroke="#fff"
                strokeWidth="4"
                paintOrder="stroke"
              >
                {percent(month.rate)}
              </text>
            </>
          )}
          <text x={LEFT + (index + 0.5) * step} y={HEIGHT - 8} textAnchor="middle" fontSize="11" fill="#52606b">
            {shortMonth(month.from)}
          </text>
        </g>
      ))}
    </svg>
  );
}
