import {
  IconAlertTriangle,
  IconChartBar,
  IconChecklist,
  IconClockPause,
  IconFiles,
  IconHome,
  IconSettings,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';

export interface Place {
  readonly path:
    '/' | '/documents' | '/en-attente' | '/rejets' | '/indicateurs' | '/patients' | '/taches' | '/administration';
  readonly label: string;
  readonly icon: Icon;
  /** One of them opens the page, as at the APIs behind it. */
  readonly roles: readonly string[];
}

const everybody = ['reader', 'operator', 'identity-vigilance', 'admin'];

export const places: readonly Place[] = [
  { path: '/', label: 'Accueil', icon: IconHome, roles: everybody },
  { path: '/documents', label: 'Documents', icon: IconFiles, roles: ['reader', 'operator'] },
  { path: '/en-attente', label: 'En attente', icon: IconClockPause, roles: ['reader', 'operator'] },
  { path: '/rejets', label: 'Rejets', icon: IconAlertTriangle, roles: ['reader', 'operator', 'identity-vigilance'] },
  { path: '/indicateurs', label: 'Indicateurs', icon: IconChartBar, roles: everybody },
  { path: '/patients', label: 'Patients', icon: IconUsers, roles: ['reader', 'operator', 'identity-vigilance'] },
  {
    path: '/taches',
    label: 'Tâches d’identité',
    icon: IconChecklist,
    roles: ['reader', 'operator', 'identity-vigilance'],
  },
  { path: '/administration', label: 'Administration', icon: IconSettings, roles: ['operator', 'admin'] },
];
