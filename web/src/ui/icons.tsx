import type { ReactNode } from "react";

/** Line drawings of our own, 20×20, one stroke: no icon font, no package. */
const draw = (children: ReactNode) =>
  // biome-ignore lint/correctness/noComponentHookFactories: called once each, at module level
  function Icon({ size = 20 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {children}
      </svg>
    );
  };

export const SunIcon = draw(
  <>
    <circle cx="10" cy="10" r="3.4" />
    <path d="M10 2.5v1.8M10 15.7v1.8M2.5 10h1.8M15.7 10h1.8M4.7 4.7 6 6M14 14l1.3 1.3M15.3 4.7 14 6M6 14l-1.3 1.3" />
  </>,
);
export const MoonIcon = draw(<path d="M16.5 11.9A7 7 0 0 1 8.1 3.5a7 7 0 1 0 8.4 8.4Z" />);
export const TodayIcon = draw(
  <>
    <path d="M3 16.5h14" />
    <path d="M5 13.5V10M10 13.5V4.5M15 13.5V7.5" />
  </>,
);
export const PeopleIcon = draw(
  <>
    <circle cx="7.5" cy="7" r="2.8" />
    <path d="M2.5 16c.4-2.9 2.4-4.4 5-4.4s4.600 1.500 5 4.400" />
    <path d="M13 4.600a2.600 2.600 0 0 1 0 4.900M14.700 12c1.600.6 2.600 1.900 2.800 4" />
  </>,
);
export const AnalyticsIcon = draw(
  <>
    <path d="M10 2.800a7.200 7.200 0 1 0 7.200 7.200H10Z" />
    <path d="M13 2.800a7.200 7.200 0 0 1 4.200 4.200H13Z" />
  </>,
);
export const CollectIcon = draw(
  <>
    <path d="M10 3v8.500M6.500 8.200 10 11.700l3.500-3.500" />
    <path d="M3 12.500v2.700c0 .9.700 1.600 1.600 1.600h10.800c.9 0 1.600-.7 1.600-1.600v-2.700" />
  </>,
);
export const SettingsIcon = draw(
  <>
    <path d="M3 6h7M14 6h3M3 14h3M10 14h7" />
    <circle cx="12" cy="6" r="2" />
    <circle cx="8" cy="14" r="2" />
  </>,
);
export const SearchIcon = draw(
  <>
    <circle cx="9" cy="9" r="5.500" />
    <path d="m13.200 13.200 3.800 3.800" />
  </>,
);
export const UserIcon = draw(
  <>
    <circle cx="10" cy="7" r="3.200" />
    <path d="M3.800 17c.5-3.300 3-5 6.200-5s5.700 1.700 6.200 5" />
  </>,
);
export const AddIcon = draw(<path d="M10 4v12M4 10h12" />);
export const CloseIcon = draw(<path d="m5 5 10 10M15 5 5 15" />);
export const ColumnsIcon = draw(
  <>
    <rect x="3" y="3.500" width="14" height="13" rx="2" />
    <path d="M8 3.500v13M12.500 3.500v13" />
  </>,
);
export const FilterIcon = draw(<path d="M3 5h14M6 10h8M8.500 15h3" />);
export const EditIcon = draw(
  <path d="m4 16 .7-3.200 8.500-8.500a1.600 1.600 0 0 1 2.300 0l.2.2a1.600 1.600 0 0 1 0 2.300l-8.500 8.500Z" />,
);
export const UpIcon = draw(<path d="m5.500 12 4.500-4.500 4.500 4.500" />);
export const DownIcon = draw(<path d="M5.500 8 10 12.500 14.500 8" />);
export const FileIcon = draw(
  <>
    <path d="M5 2.800h6.500L15.500 7v10.200H5Z" />
    <path d="M11.500 2.800V7h4" />
  </>,
);
export const SegmentsIcon = draw(
  <>
    <circle cx="8" cy="8" r="4.8" />
    <circle cx="12" cy="12" r="4.8" />
  </>,
);
